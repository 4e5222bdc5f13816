"""What stands of rules on the studio's home page: what they send next, and what of theirs was not sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from mobilize.core.feature import Entry, House, Spot
from mobilize.core.i18n import _, ngettext, show_number
from mobilize.schedules import queries, showing
from mobilize.schedules.models import OccurrenceState
from mobilize.schedules.rules import NOBODY, Decision

MOST = 5
AHEAD = timedelta(days=60)
LATELY = timedelta(days=7)
_NO_NEWS = (NOBODY, Decision.OVERTAKEN.value)
"""Why an occurrence was missed in the ordinary way of things: nobody has to do anything about it."""


def entries(spot: Spot, house: House, now: datetime) -> Iterator[Entry]:
    """The entries of one spot, in the order in which they are shown."""
    if spot is Spot.NEXT:
        yield from _next(house, now)
    elif spot is Spot.NEEDS:
        yield from _missed(house, now)


def _next(house: House, now: datetime) -> Iterator[Entry]:
    planned = queries.planned(house.id, [rule for rule in queries.all_rules(house.id) if rule.armed_at])
    due = [one for one in planned if one.due_at is not None and not one.is_done and one.due_at < now + AHEAD]
    for one in due[:MOST]:
        people = one.template.to_whom.count()
        yield Entry(
            uid=one.rule.uid,
            title=one.rule.name,
            url=f"/studio/{house.slug}/rules/{one.rule.uid}",
            text=_("%(thing)s, %(when)s", thing=one.thing.title, when=showing.when_of(one.rule, one.thing)),
            figure=ngettext("%(count)s person", "%(count)s people", people, count=show_number(people)),
            at=one.due_at,
            zone=one.thing.zone,
            icon="clock",
            permission="rule.read",
        )


def _missed(house: House, now: datetime) -> Iterator[Entry]:
    for one in queries.past(house.id, now - LATELY):
        if one.occurrence.state is OccurrenceState.MISSED and one.occurrence.reason not in _NO_NEWS:
            yield Entry(
                uid=f"{one.rule.uid}-{one.occurrence.number}",
                title=one.rule.name,
                url=f"/studio/{house.slug}/rules/{one.rule.uid}",
                text=showing.outcome_of(one),
                tone="needs",
                icon="needs",
                permission="rule.change",
            )
