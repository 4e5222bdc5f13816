"""Everything that goes out, went out or did not, as one kind of value: for the agenda, the month and the feed.

scheduled mailings, rules that are due, and what rules sent or missed -> ``Outgoing``, the soonest first
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mobilize.core.feature import Anchored
from mobilize.core.i18n import _, lazy
from mobilize.mailings.models import Mailing
from mobilize.organisations.queries import Brand
from mobilize.schedules import queries, showing
from mobilize.schedules.models import OccurrenceState
from mobilize.schedules.queries import Past, Planned


class State(StrEnum):
    """What a line of the calendar says of itself."""

    PLANNED = "planned"
    SENT = "sent"
    MISSED = "missed"
    STOPPED = "stopped"


STATE = {
    State.PLANNED: lazy("Planned"),
    State.SENT: lazy("Sent"),
    State.MISSED: lazy("Not sent"),
    State.STOPPED: lazy("Stopped"),
}
TONE = {State.PLANNED: "going", State.SENT: "done", State.MISSED: "needs", State.STOPPED: "stopped"}
_BECAME = {
    OccurrenceState.SENT: State.SENT,
    OccurrenceState.MISSED: State.MISSED,
    OccurrenceState.REVOKED: State.STOPPED,
}


@dataclass(frozen=True)
class Outgoing:
    """One email to many: ``key`` names it for good, ``why`` says what it hangs on or what became of it.

    ``people`` is None where it is not planned any more. ``thing`` is what its rule is tied to; None for a mailing.
    ``changed_at`` is when its words or its rule were changed last.
    """

    key: str
    name: str
    at: datetime
    zone: str
    state: State
    why: str
    path: str
    changed_at: datetime
    people: int | None = None
    thing: Anchored | None = None

    @property
    def state_words(self) -> str:
        return str(STATE[self.state])

    @property
    def tone(self) -> str:
        return TONE[self.state]


def planned(organisation: Brand, until: datetime | None = None) -> list[Outgoing]:
    """What goes out by itself (until a moment), the soonest first, overdue ones included."""
    return sorted(_planned(organisation, until), key=_order)


def between(organisation: Brand, first: datetime, last: datetime) -> list[Outgoing]:
    """What was or is to go out from the first moment until before the last, the earliest first."""
    found = [one for one in _planned(organisation, last) if one.at >= first]
    found += [
        _of_mailing(organisation, row, at, State.SENT) for row, at in queries.launched(organisation.id, first, last)
    ]
    found += [_of_past(organisation, one) for one in queries.due_between(organisation.id, first, last)]
    return sorted(found, key=_order)


def _order(one: Outgoing) -> tuple[datetime, str]:
    return one.at, one.key


def _planned(organisation: Brand, until: datetime | None) -> Iterator[Outgoing]:
    for row, at in queries.scheduled(organisation.id, until):
        yield _of_mailing(organisation, row, at, State.PLANNED)
    armed = [rule for rule in queries.all_rules(organisation.id) if rule.armed_at is not None]
    for one in queries.planned(organisation.id, armed):
        if one.due_at is not None and not one.is_done and (until is None or one.due_at < until):
            yield _of_rule(organisation, one, one.due_at)


def _of_mailing(organisation: Brand, row: Mailing, at: datetime, state: State) -> Outgoing:
    return Outgoing(
        key=f"mailing-{row.uid}",
        name=row.name,
        at=at,
        zone=row.send_zone,
        state=state,
        why=_("A mailing that was scheduled, to %(people)s", people=row.to_whom.describe()),
        path=f"/studio/{organisation.slug}/mailings/{row.uid}",
        changed_at=row.launched_at or row.created_at,
        people=row.to_whom.count() if state is State.PLANNED else None,
    )


def _of_rule(organisation: Brand, one: Planned, due_at: datetime) -> Outgoing:
    return Outgoing(
        key=f"rule-{one.rule.uid}-{one.next_number}",
        name=one.rule.name,
        at=due_at,
        zone=one.thing.zone,
        state=State.PLANNED,
        why=_("%(thing)s: %(when)s", thing=one.thing.title, when=showing.when_of(one.rule, one.thing)),
        path=f"/studio/{organisation.slug}/rules/{one.rule.uid}",
        changed_at=one.rule.changed_at,
        people=one.template.to_whom.count(),
        thing=one.thing,
    )


def _of_past(organisation: Brand, one: Past) -> Outgoing:
    rule, occurrence, mailing = one.rule, one.occurrence, one.mailing
    path = f"/mailings/{mailing.uid}" if mailing is not None else f"/rules/{rule.uid}"
    return Outgoing(
        key=f"rule-{rule.uid}-{occurrence.number}",
        name=mailing.name if mailing is not None else rule.name,
        at=occurrence.due_at,
        zone=mailing.send_zone if mailing is not None else organisation.timezone,
        state=_BECAME[occurrence.state],
        why=showing.outcome_of(one),
        path=f"/studio/{organisation.slug}{path}",
        changed_at=occurrence.at,
    )
