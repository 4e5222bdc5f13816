"""A defender's gate that closes, raced against a worker and against a launch; commit order is the judge."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from mobilize.appeals import service
from mobilize.appeals.models import Defender, DefenderReview
from mobilize.appeals.queries import Details, defenders
from mobilize.appeals.rules import ReviewKind
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Message, MessageState
from mobilize.delivery.sending.windows import Run
from mobilize.delivery.source_holds import depend_on
from tests.crash.racing import together
from tests.crash.test_stops_race import READERS, Race, launched, states
from tests.delivery.engine_world import make_world

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

LATER = timedelta(days=31)
"""The verification and the risk review of today have lapsed by then; the consent has not."""


def named(messages: list[int]) -> dict[int, int]:
    """A defender with fresh reviews for each message, by the message's id."""
    with db.writing():
        organisation_id = session.scalar(select(Message.organisation_id).where(Message.id == messages[0]))
        assert organisation_id is not None
        return {message_id: _named_in(message_id, organisation_id) for message_id in messages}


def _named_in(message_id: int, organisation_id: int) -> int:
    row = service.create_defender(organisation_id, Details("A. Example"))
    today, now = clock.now().date(), clock.now()
    facts = {"defender_id": row.id, "reviewed_on": today, "passed": True, "created_at": now}
    session.add_all(DefenderReview(kind=kind, **facts) for kind in ReviewKind)
    depend_on(message_id, {f"defender:{row.uid}": row.version})
    return row.id


def test_a_review_that_lapses_races_a_worker(
    installation: Settings, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No window that begins after the commit of a lapse holds a row of a mail about the person; nobody is lost."""
    messages = launched(rounds)
    defender_of = named(messages)
    later = clock.now() + LATER

    def lapse(message_id: int) -> None:
        with clock.frozen(later):
            service.follow_clock(defender_of[message_id])

    race = Race(lapse, messages)
    monkeypatch.setattr(Run, "write", race.watch(Run.write))
    monkeypatch.setattr(Run, "_skip_stopped", race.watch_skipping(Run._skip_stopped))
    together(race.work, race.press)
    assert race.late == []
    assert race.held_back > rounds // 10
    sent = [outgoing.key for outgoing in race.transport.sent]
    assert len(sent) == len(set(sent))
    assert states() == {"accepted": len(sent), "pending": rounds * READERS - len(sent)}


def test_a_hold_races_a_launch(installation: Settings, rounds: int) -> None:
    """Whoever commits first: a message that names a person on hold is held."""
    world = make_world(people=1)
    messages = [world.launch() for _number in range(rounds // 20)]
    with db.writing():
        for _message in messages:
            _reviewed(world.organisation.id)
    for message_id, (uid, defender_id) in zip(messages, _defenders(world.organisation.id), strict=True):

        def start(message_id: int = message_id, uid: str = uid) -> None:
            with db.writing():
                depend_on(message_id, {f"defender:{uid}": 1})

        def hold(defender_id: int = defender_id) -> None:
            with db.writing():
                service.hold_everything(session.get_one(Defender, defender_id))

        together(start, hold)
    with db.reading():
        found = session.scalars(select(Message.state).where(Message.id.in_(messages))).all()
    assert set(found) == {MessageState.PAUSED}


def _reviewed(organisation_id: int) -> None:
    row = service.create_defender(organisation_id, Details("A. Example"))
    facts = {"defender_id": row.id, "reviewed_on": clock.now().date(), "passed": True, "created_at": clock.now()}
    session.add_all(DefenderReview(kind=kind, **facts) for kind in ReviewKind)


def _defenders(organisation_id: int) -> list[tuple[str, int]]:
    with db.reading():
        return [(row.uid, row.id) for row in defenders(organisation_id)]
