"""What fairs hold about a person: that they come, and with how many guests."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from mobilize.core.db import session
from mobilize.core.feature import Kept, PersonalData, Section
from mobilize.core.i18n import lazy
from mobilize.core.id_lists import one_of
from tests.toy.models import Fair, Registration

_COLUMNS = {"fair": lazy("Fair"), "at": lazy("Begins"), "guests": lazy("Guests")}


def _held(recipient_ids: Sequence[int]) -> Sequence[Section]:
    wanted = select(Fair, Registration).join(Registration, Registration.fair_id == Fair.id)
    found = session.execute(wanted.where(one_of(Registration.recipient_id, recipient_ids)))
    rows = [{"fair": fair.title, "at": fair.begins_at, "guests": row.guests} for fair, row in found]
    return (Section("fairs", lazy("Fairs"), _COLUMNS, rows),)


def _close(recipient_id: int, _address: str) -> None:
    """A person has few registrations: they go with the first commit, and nothing is left for later."""
    session.execute(delete(Registration).where(Registration.recipient_id == recipient_id))


def _erase(_recipient_id: int) -> bool:
    return False


PERSONAL = PersonalData(_held, _erase, _close)
KEPT = (Kept(lazy("Who comes to a fair"), lazy("a year after the fair"), "tests.toy.tick_steps:forget_visitors"),)
