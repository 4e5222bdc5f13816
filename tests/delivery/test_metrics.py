"""What /metrics says of mail: what is on its way by stream and state, what came back by outcome, and nobody's name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from mobilize.core import clock, db
from mobilize.delivery.models import DeliveryState, Stream
from mobilize.delivery.smtp.transport import Deferred, Lost, Outgoing, Phase, Result
from tests.delivery.engine_world import FakeTransport, accept, drain, make_world
from tests.delivery.returned_mail import AWAY, HARD, come_back, sent_mailing


@pytest.fixture
def numbers(client: FlaskClient) -> Callable[[], dict[str, float]]:
    """Asks /metrics; by name and labels, as Prometheus writes them."""

    def ask() -> dict[str, float]:
        answer = client.get("/metrics")
        assert answer.status_code == 200
        lines = [line for line in answer.text.splitlines() if line.startswith(("mobilize_deliv", "mobilize_returned"))]
        return {name: float(value) for name, _blank, value in (line.rpartition(" ") for line in lines)}

    return ask


def of(stream: Stream, state: DeliveryState) -> str:
    return f'mobilize_deliveries{{state="{state.value}",stream="{stream.value}"}}'


def unsteady(outgoing: Outgoing) -> Result:
    """Later for the first reader, no answer for the second."""
    if outgoing.recipient.startswith("reader-0@"):
        return Deferred(outgoing.key, Phase.RCPT, 450, "4.2.1", "later")
    return Lost(outgoing.key, Phase.DOT, "gone") if outgoing.recipient.startswith("reader-1@") else accept(outgoing)


def test_the_ledger_is_counted_by_stream_and_state(numbers: Callable[[], dict[str, float]]) -> None:
    """Every pair is there, also where it is 0; a message that has ended is no longer counted."""
    world = make_world(people=5)
    assert set(numbers().values()) == {0}
    world.launch(Stream.BULK)
    world.launch(Stream.URGENT)
    drain(FakeTransport(answer=unsteady), Stream.BULK)
    with clock.frozen(clock.now() + timedelta(seconds=11)):
        found = {name: number for name, number in numbers().items() if number}
    assert found == {
        of(Stream.BULK, DeliveryState.ACCEPTED): 3,
        of(Stream.BULK, DeliveryState.DEFERRED): 1,
        of(Stream.BULK, DeliveryState.UNKNOWN): 1,
        of(Stream.URGENT, DeliveryState.PENDING): 5,
    }
    with clock.frozen(clock.now() + timedelta(hours=1)):
        drain(FakeTransport(), Stream.BULK)
        drain(FakeTransport(), Stream.URGENT)
        assert set(numbers().values()) == {0}


def test_a_count_is_kept_for_some_seconds(numbers: Callable[[], dict[str, float]]) -> None:
    """Asking again at once counts no rows; later it does."""
    counts: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        counts.extend(["counted"] if "deliveries" in statement else [])

    make_world(people=1).launch()
    event.listen(db.engine(), "before_cursor_execute", note)
    now = clock.now()
    for seconds in (0, 5, 9, 10):
        with clock.frozen(now + timedelta(seconds=seconds)):
            assert numbers()[of(Stream.BULK, DeliveryState.PENDING)] == 1
    assert len(counts) == 2 * 2  # by state, and those who wait for an earlier mail


def test_what_came_back_is_counted_by_outcome(numbers: Callable[[], dict[str, float]]) -> None:
    """Over all days, so that it only grows; nothing in it names a person, an organisation or an address."""
    _message_id, paths = sent_mailing(make_world(people=3))
    come_back(HARD, paths[0])
    come_back(HARD, paths[0])
    come_back(HARD, "bounces+00@example.org")
    with clock.frozen(clock.now() + timedelta(days=1)):
        come_back(AWAY, paths[1])
        come_back(AWAY, paths[2])
    found = {name: number for name, number in numbers().items() if name.startswith("mobilize_returned")}
    assert found == {
        'mobilize_returned_total{outcome="automatic"}': 2,
        'mobilize_returned_total{outcome="forged"}': 1,
        'mobilize_returned_total{outcome="hard"}': 1,
        'mobilize_returned_total{outcome="repeated"}': 1,
    }
