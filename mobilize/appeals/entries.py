"""What stands of defenders on the studio's home page and on campaigns, and which of them a search finds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from mobilize.appeals import queries, showing
from mobilize.appeals.models import Defender
from mobilize.appeals.rules import Publish
from mobilize.core.feature import AuditSubject, Entry, House, Spot
from mobilize.core.i18n import _, show_date

SOON = timedelta(days=7)
FOUND_AT_MOST = 20
READ = "defender.read"


def entries(spot: Spot, house: House, _now: datetime) -> Iterator[Entry]:
    """Whose email waits, and whose gate closes within a week."""
    if spot is not Spot.NEEDS:
        return
    soon = queries.today_in(house.id) + SOON
    for row in queries.defenders(house.id):
        gate = queries.gate_of(row)
        if row.held_at is not None:
            yield _entry(row, house, _("On hold: nothing about this person is sent"), "stopped")
        elif not gate.is_open:
            yield _entry(row, house, showing.gate_words(gate), "needs")
        elif gate.until is not None and gate.until <= soon:
            day = show_date(gate.until)
            words = _("A review counts until %(day)s only. Renew it, or email about this person waits.", day=day)
            yield _entry(row, house, words, "needs")


def search(house: House, words: str) -> Iterator[Entry]:
    """Defenders one of whose names, in any spelling, matches."""
    for row in queries.defenders_called(house.id, words)[:FOUND_AT_MOST]:
        yield _entry(row, house, showing.gate_words(queries.gate_of(row)))


def belongings(house: House, uids: Sequence[str], *, visitors: bool) -> Iterator[Entry]:
    """The defenders of a campaign; visitors see those who have a page, while it shows them."""
    for row in queries.defenders_by_uid(house.id, uids):
        if not visitors:
            yield _entry(row, house, showing.gate_words(queries.gate_of(row)))
        elif row.slug and queries.gate_of(row).shows(Publish.NAME):
            yield Entry(uid=row.uid, title=showing.name_of(row), url=f"/{house.slug}/defenders/{row.slug}")


def _entry(row: Defender, house: House, text: str, tone: str = "") -> Entry:
    return Entry(
        uid=row.uid,
        title=showing.name_of(row),
        url=f"/studio/{house.slug}/defenders/{row.uid}",
        text=text,
        tone=tone,
        icon="person",
        permission=READ,
    )


def _audit_subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """Defenders as the activity log names and links them."""
    return {
        row.uid: AuditSubject(showing.name_of(row), "defenders.show", {"defender_uid": row.uid})
        for row in queries.defenders_by_uid(organisation_id, uids)
    }


AUDIT_SUBJECTS = {"defender": _audit_subjects}
