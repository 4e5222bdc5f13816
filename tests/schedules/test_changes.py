"""What a change of an event does to mail: shown first, made as shown, or refused with the list as it is now."""

from __future__ import annotations

import ast
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

import mobilize
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.effects import Outcome, PlannedChange
from mobilize.core.settings import Settings
from mobilize.core.when import When, timed
from mobilize.delivery.models import Delivery, DeliveryState, Message
from mobilize.events import changes as events
from mobilize.events.anchors import moments_of
from mobilize.organisations.queries import Brand
from mobilize.schedules import changes
from mobilize.schedules.changes import Outdated
from mobilize.schedules.models import Occurrence
from mobilize.schedules.offsets import Offset
from mobilize.schedules.tick_steps import fire_rules
from tests.schedules.conftest import LONG_BEFORE, MORNING, START, MakeRule, register, the_event, wall

DUE = datetime(2018, 5, 13, 8, tzinfo=UTC)


def moved_to(house: Brand, *parts: int) -> tuple[PlannedChange, When]:
    when = timed(house.timezone, wall(*parts))
    event = the_event(house)
    return PlannedChange(house.id, f"event:{event.uid}", "moved", moments_of(event, when)), when


def cancelled(house: Brand) -> PlannedChange:
    return PlannedChange(house.id, f"event:{the_event(house).uid}", "cancelled", {}, is_off=True)


def shown(change: PlannedChange) -> list[tuple[str, int]]:
    return [(one.outcome.value, one.people) for one in changes.preview(change).effects]


def ledger() -> Counter[str]:
    """How many rows are in each state."""
    with db.reading():
        found = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
        return Counter({state.value: number for state, number in found})


def told() -> int:
    """Rows of messages about the event itself."""
    with db.reading():
        wanted = select(func.count()).select_from(Delivery).join(Message, Message.id == Delivery.message_id)
        return session.scalar(wanted.where(Message.anchor.startswith("event:"))) or 0


def test_moving_moves_what_is_planned(house: Brand, rule: MakeRule, installation: Settings) -> None:
    """The list names old and new date; afterwards the reminder leaves for the new one only."""
    register(house, 2)
    register(house, 1, language="fr")
    rule()
    with clock.frozen(LONG_BEFORE):
        with db.writing():
            change, when = moved_to(house, 2018, 5, 20, 19)
            found = changes.preview(change)
            told_first, in_french, moves = found.effects
            assert (told_first.outcome, told_first.people, in_french.people) == (Outcome.TOLD, 2, 1)
            assert (moves.outcome, moves.before, moves.after) == (Outcome.MOVES, DUE, DUE + timedelta(days=6))
            changes.apply(change, found.digest, lambda: events.move(the_event(house), when, {}))
        assert told() == 3 == found.told
    with clock.frozen(DUE):
        fire_rules(clock.now(), installation)
    assert told() == ledger().total() == 3
    with clock.frozen(DUE + timedelta(days=6)):
        fire_rules(clock.now(), installation)
    assert ledger().total() == 6


def test_what_was_sent_for_the_old_date_is_sent_again(house: Brand, rule: MakeRule, installation: Settings) -> None:
    """Once, for the new date."""
    register(house, 1)
    rule()
    with clock.frozen(DUE):
        fire_rules(clock.now(), installation)
    with clock.frozen(DUE + timedelta(hours=1)), db.writing():
        _let_all_leave()
        change, when = moved_to(house, 2018, 6, 1, 19)
        found = changes.preview(change)
        assert [one.outcome for one in found.effects] == [Outcome.TOLD, Outcome.MOVES]
        assert found.effects[1].before is None
        changes.apply(change, found.digest, lambda: events.move(the_event(house), when, {}))
    for days in (0, 19, 19):
        with clock.frozen(DUE + timedelta(days=days, hours=2)):
            fire_rules(clock.now(), installation)
    with db.reading():
        assert session.scalar(select(func.count()).select_from(Occurrence)) == 2


def test_cancelling_stops_what_is_going_out(house: Brand, rule: MakeRule, installation: Settings) -> None:
    """A reminder waits in the ledger, another is planned: both are on the list, and neither leaves."""
    register(house, 3)
    rule("Day")
    rule("Hours", Offset(minutes=-120))
    with clock.frozen(DUE):
        fire_rules(clock.now(), installation)
        with db.writing():
            change = cancelled(house)
            assert shown(change) == [("told", 3), ("stopped", 3), ("not-sent", 0)]
            seen = changes.preview(change).digest
            changes.apply(change, seen, lambda: events.cancel(the_event(house), {"en": "Ill"}))
    assert ledger() == {"revoked": 3, "pending": 3}
    for hours in (30, 31, 60):
        with clock.frozen(DUE + timedelta(hours=hours)):
            fire_rules(clock.now(), installation)
    assert ledger() == {"revoked": 3, "pending": 3}
    with db.reading():
        assert {row.state.value for row in session.scalars(select(Occurrence))} == {"revoked"}


def test_a_list_that_is_outdated_is_refused(house: Brand, rule: MakeRule) -> None:
    """Somebody registers while the list is read: nothing is done, and the list is shown as it is now."""
    register(house, 1)
    rule()
    with db.writing(), clock.frozen(LONG_BEFORE):
        seen = changes.preview(cancelled(house)).digest
    register(house, 1)
    with db.writing(), clock.frozen(LONG_BEFORE):
        with pytest.raises(Outdated) as refused:
            changes.apply(cancelled(house), seen, lambda: events.cancel(the_event(house), {}))
        assert refused.value.fresh.told == 2
        assert the_event(house).status.value == "scheduled"
    assert told() == 0


def test_postponing_lets_rules_wait(house: Brand, rule: MakeRule, installation: Settings) -> None:
    """With a new date they count again, from that."""
    register(house, 1)
    rule()
    with clock.frozen(LONG_BEFORE), db.writing():
        change = PlannedChange(house.id, f"event:{the_event(house).uid}", "postponed", {})
        found = changes.preview(change)
        assert [one.outcome for one in found.effects] == [Outcome.TOLD, Outcome.WAITS]
        changes.apply(change, found.digest, lambda: events.postpone(the_event(house), {}))
    with clock.frozen(DUE):
        fire_rules(clock.now(), installation)
    assert ledger().total() == 1
    with clock.frozen(DUE), db.writing():
        change, when = moved_to(house, 2018, 9, 1, 19)
        found = changes.preview(change)
        assert found.effects[-1].after == datetime(2018, 8, 31, 8, tzinfo=UTC)
        changes.apply(change, found.digest, lambda: events.move(the_event(house), when, {}))


def test_a_date_so_near_that_it_is_due_at_once(house: Brand, rule: MakeRule, installation: Settings) -> None:
    """The list says that it leaves with the next pass of the clock, or why it does not leave at all."""
    register(house, 1)
    rule("Day", lateness=24 * 60)
    rule("Week", Offset(days=-7, at_time=MORNING))
    with clock.frozen(LONG_BEFORE):
        with db.writing():
            change, when = moved_to(house, 2018, 4, 2, 12)
            found = changes.preview(change)
            assert [one.outcome for one in found.effects] == [Outcome.TOLD, Outcome.SENT_SOON, Outcome.NOT_SENT]
            changes.apply(change, found.digest, lambda: events.move(the_event(house), when, {}))
        fire_rules(clock.now(), installation)
    with db.reading():
        assert [row.state.value for row in session.scalars(select(Occurrence).order_by(Occurrence.rule_id))] == [
            "sent",
            "missed",
        ]


@pytest.mark.parametrize(
    ("module", "verbs", "pages"),
    [
        ("mobilize.events.changes", {"move", "postpone", "move_online", "cancel"}, {"schedules/change_views.py"}),
        (
            "mobilize.appeals.appeal.changes",
            {"publish_update", "close"},
            {"schedules/appeal_change_views.py", "demo/appeals.py"},
        ),
    ],
)
def test_only_schedules_change_moment_and_status(module: str, verbs: set[str], pages: set[str]) -> None:
    """Nobody else calls the verbs that mail depends on, so that nobody changes a thing without the list."""
    root = Path(mobilize.__file__).parent
    callers = set()
    for path in root.rglob("*.py"):
        tree = ast.parse(path.read_text())
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names = {
            alias.asname or alias.name
            for node in imports
            for alias in node.names
            if f"{node.module}.{alias.name}" == module
        }
        direct = {node.module for node in imports if node.module == module}
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
        }
        if direct or used & verbs:
            callers.add(path.relative_to(root).as_posix())
    assert callers == pages


def _let_all_leave() -> None:
    for row in session.scalars(select(Delivery)):
        row.state = DeliveryState.ACCEPTED
    for message in session.scalars(select(Message)):
        message.state, message.finished_at = message.state.FINISHED, clock.now()
    assert START
