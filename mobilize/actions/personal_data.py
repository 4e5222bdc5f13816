"""What calls to action hold about a person, to whoever asked, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mobilize.actions import acts
from mobilize.actions.models import Act, CallToAction
from mobilize.actions.queries import acts_of, title_of
from mobilize.actions.words import ORIGIN
from mobilize.core.countries import show_country
from mobilize.core.feature import Kept, PersonalData, Said, Section, Value
from mobilize.core.i18n import lazy

_ACTS = {
    "action": lazy("Petition"),
    "at": lazy("Signed on"),
    "how": lazy("How"),
    "name": lazy("Name that is seen"),
    "place": lazy("Postal address that is seen"),
    "country": lazy("Country that is seen"),
    "wording": lazy("What the page said of it"),
    "quiet_since": lazy("No email because of it since"),
}


def _held(recipient_ids: Sequence[int]) -> Sequence[Section]:
    rows = [_row(act, row) for act, row in acts_of(recipient_ids)]
    return (Section("acts", lazy("Petitions signed"), _ACTS, rows),)


def _row(act: Act, row: CallToAction) -> Mapping[str, Value]:
    return {
        "action": Said(row.uid, title_of(row)),
        "at": act.acted_at,
        "how": Said(act.origin.value, ORIGIN[act.origin]),
        "name": act.name,
        "place": act.place,
        "country": Said(act.country, show_country(act.country)) if act.country else "",
        "wording": act.wording,
        "quiet_since": act.quiet_since,
    }


PERSONAL = PersonalData(_held, acts.erase, acts.close_for)
KEPT = (
    Kept(
        lazy("Who signed a petition, and what its recipient sees of them"),
        lazy(
            "as many days after it closed as it says, 365 unless changed; the number stays, and a keyed hash by which "
            "nobody counts twice"
        ),
        "mobilize.actions.tick_steps:forget_people",
    ),
)
