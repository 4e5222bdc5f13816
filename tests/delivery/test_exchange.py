"""What waits gets new content, what left keeps its own; no old copy leaves after the exchange, whatever comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.settings import Settings
from mobilize.delivery.contents import composed, store_contents, store_links
from mobilize.delivery.exchange import exchange
from mobilize.delivery.messages import cancel_message
from mobilize.delivery.models import Delivery, DeliveryState, Stream
from mobilize.delivery.retries import retry_failed, retry_unknown
from mobilize.delivery.rules import changes_with
from mobilize.delivery.sending import upkeep
from mobilize.delivery.sending.claims import Claimed
from mobilize.delivery.sending.leases import LEASE
from mobilize.delivery.sending.windows import Results, Run
from mobilize.delivery.smtp.transport import Deferred, Lost, Outgoing, Permit, Phase, Rejected, Result
from tests.delivery.engine_world import Answer, FakeTransport, World, accept, drain, make_world, states

WINDOW = 4


@pytest.fixture
def world(installation: Settings) -> World:
    """Twelve people on a list."""
    return make_world(people=12)


def content(world: World, subject: str, language: str = "en") -> int:
    """The id of a content, within a unit."""
    return store_contents(world.organisation.id, [replace(world.source(language), subject=subject)])[0]


def give(world: World, message_id: int, *subjects: str) -> int:
    """Exchange each of these contents for the next; how many rows the last exchange was about."""
    count = 0
    for old, new in pairwise(subjects):
        with db.writing():
            new_id = content(world, new)
            store_links(message_id, {new_id: composed(replace(world.source(), subject=new))})
            count = exchange(message_id, {content(world, old): new_id})
    return count


def subjects(transport: FakeTransport) -> list[str]:
    """Of the mails that left, in order."""
    return [subject(one) for one in transport.sent]


def subject(one: Outgoing) -> str:
    return one.message.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()


def now_due() -> None:
    """Whatever was put off may be tried at once."""
    with db.writing():
        session.execute(update(Delivery).where(Delivery.state == DeliveryState.DEFERRED).values(next_at=clock.now()))


def at_mail(number: int, action: object) -> FakeTransport:
    """A transport during whose mail ``number`` (from 0) something else is committed."""

    def before(sent: int) -> None:
        if sent == number:
            action()  # type: ignore[operator]

    return FakeTransport(before=before)


def test_a_worker_with_the_old_copy_rendered_finds_its_claim_gone(world: World) -> None:
    """The open window leaves with the old text, everybody else gets the new one, and nobody gets both."""
    message_id = world.launch()
    transport = at_mail(1, lambda: give(world, message_id, "News", "Moved"))
    drain(transport, window=WINDOW)
    assert subjects(transport) == ["News"] * WINDOW + ["Moved"] * (12 - WINDOW)
    assert len(set(transport.readers)) == 12
    assert states(message_id) == {"accepted": 12}


def test_what_was_taken_away_is_drawn_no_more(world: World) -> None:
    """A body that is asked for and may not leave costs a connection: after the first refused window there is none."""
    message_id, asked = world.launch(), []

    class Asking(FakeTransport):
        def permitted(self, messages: Iterable[Outgoing], permit: Permit) -> Iterator[Outgoing]:
            return super().permitted(messages, lambda keys: asked.append(len(keys)) or permit(keys))

    transport = Asking(before=lambda sent: sent or give(world, message_id, "News", "Moved"))
    drain(transport, window=WINDOW)
    assert len(transport.sent) == 12
    assert asked == [WINDOW, WINDOW, WINDOW, WINDOW]


def test_a_row_is_not_drawn_while_its_old_copy_is(world: World) -> None:
    """Far servers have the envelopes when the content is exchanged: the same worker claims the rows, and waits."""
    message_id = world.launch()

    class Far(FakeTransport):
        """Draws all there is before the first body is asked for."""

        def permitted(self, messages: Iterable[Outgoing], permit: Permit) -> Iterator[Outgoing]:
            drawn: dict[int, Outgoing] = {}
            for outgoing in messages:
                assert outgoing.key not in drawn
                drawn[outgoing.key] = outgoing
                if len(drawn) == 12 and subject(outgoing) == "News":
                    give(world, message_id, "News", "Moved")
            yield from (drawn[key] for key in sorted(permit(list(drawn))))

    drain(transport := Far(), claim_size=12)
    assert subjects(transport) == ["Moved"] * 12
    assert states(message_id) == {"accepted": 12}


def test_what_left_keeps_its_content(world: World) -> None:
    """The ledger says of each copy which content it was."""
    message_id = world.launch()
    drain(at_mail(1, lambda: give(world, message_id, "News", "Moved")), window=WINDOW)
    with db.reading():
        old, new = content(world, "News"), content(world, "Moved")
        found = Counter(session.scalars(select(Delivery.content_id).where(Delivery.message_id == message_id)))
    assert found == {old: WINDOW, new: 12 - WINDOW}


def test_rows_that_are_put_off_get_the_new_content(world: World) -> None:
    """Waiting for a later attempt is waiting, too."""
    message_id = world.launch()
    drain(FakeTransport(lambda one: Deferred(one.key, Phase.DATA, 451, "4.3.0", "later")))
    assert states(message_id) == {"deferred": 12}
    assert give(world, message_id, "News", "Moved") == 12
    assert states(message_id) == {"deferred": 12}
    now_due()
    drain(again := FakeTransport())
    assert subjects(again) == ["Moved"] * 12


@pytest.mark.parametrize("exchanges", [("News", "Moved"), ("News", "Moved", "Moved again"), ("News", "Moved", "News")])
def test_what_was_in_flight_and_is_put_off_gets_the_newest_content(world: World, exchanges: tuple[str, ...]) -> None:
    """A server answers "later" after the exchange: the old copy is not tried again, also after several exchanges."""
    message_id = world.launch()
    transport = at_mail(0, lambda: give(world, message_id, *exchanges))
    transport.answer = lambda one: Deferred(one.key, Phase.DATA, 451, "4.3.0", "later")
    drain(transport, window=12)
    assert subjects(transport) == ["News"] * 12
    now_due()
    drain(again := FakeTransport())
    assert subjects(again) == [exchanges[-1]] * 12


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (lambda one: Lost(one.key, Phase.DOT, "silence"), retry_unknown),
        (lambda one: Rejected(one.key, Phase.DATA, 552, "5.2.2", "full"), retry_failed),
    ],
    ids=["unknown", "failed"],
)
def test_what_is_sent_again_on_purpose_gets_the_new_content(
    world: World, answer: Answer, again: Callable[[int], int]
) -> None:
    """By a press, after the exchange; until then the ledger says what was tried."""
    message_id = world.launch()
    first = at_mail(0, lambda: give(world, message_id, "News", "Moved"))
    first.answer = lambda one: answer(one) if one.recipient == "reader-0@example.net" else accept(one)
    drain(first, window=12)
    with db.reading():
        assert set(session.scalars(select(Delivery.content_id))) == {content(world, "News")}
    with db.writing():
        assert again(message_id) == 1
    drain(second := FakeTransport())
    assert (second.readers, subjects(second)) == (["reader-0@example.net"], ["Moved"])


def test_a_transactional_row_of_a_dead_worker_gets_the_new_content(world: World) -> None:
    """It goes again by itself once its lease is over, and with the new text."""
    message_id = world.launch(Stream.TRANSACTIONAL)

    class Died(Exception):
        pass

    def die(_one: Outgoing) -> Result:
        raise Died

    with pytest.raises(Died):
        drain(FakeTransport(die, window=12), Stream.TRANSACTIONAL)
    assert states(message_id)["attempting"] == 12
    assert give(world, message_id, "News", "Moved") == 0
    with db.writing():
        upkeep.reap_expired_leases(clock.now() + LEASE * 2)
    drain(again := FakeTransport(), Stream.TRANSACTIONAL)
    assert subjects(again) == ["Moved"] * 12


def test_a_window_that_was_never_handed_out_gets_the_new_content(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its commit succeeded and nobody heard of it: the exchange comes before the rows are given back."""
    message_id, windows = world.launch(), iter([True])
    write = Run.write

    def unheard(run: Run, rows: Sequence[Claimed], found: Sequence[Results]) -> object:
        written = write(run, rows, found)

        def result() -> object:
            known = written()
            if rows and next(windows, False):
                assert give(world, message_id, "News", "Moved") == 12 - WINDOW
                raise OperationalError("UPDATE", {}, Exception("the server closed the connection"))
            return known

        return result

    monkeypatch.setattr(Run, "write", unheard)
    drain(transport := FakeTransport(), window=WINDOW)
    drain(transport, window=WINDOW)
    assert subjects(transport) == ["Moved"] * 12


def test_each_language_gets_its_own_new_content(world: World) -> None:
    """One call exchanges all of them; a content that is not exchanged stays."""
    message_id = world.launch()
    with db.writing():
        french, dutch = content(world, "Nouvelles", "fr"), content(world, "Nieuws", "nl")
        for number, one in ((3, french), (5, dutch)):
            of_person = update(Delivery).where(Delivery.recipient_id == world.people[number])
            session.execute(of_person.values(content_id=one))
    with db.writing():
        moved = {content(world, "News"): content(world, "Moved"), french: content(world, "Change", "fr"), dutch: dutch}
        assert exchange(message_id, moved) == 11
    drain(transport := FakeTransport())
    found = dict(zip(transport.readers, subjects(transport), strict=True))
    assert Counter(found.values()) == {"Moved": 10, "Change": 1, "Nieuws": 1}
    assert (found["reader-3@example.net"], found["reader-5@example.net"]) == ("Change", "Nieuws")


def test_what_has_ended_is_not_exchanged(world: World) -> None:
    """A cancelled message keeps its content, and the call says so."""
    message_id = world.launch()
    with db.writing():
        cancel_message(message_id)
    with pytest.raises(Conflict):
        give(world, message_id, "News", "Moved")


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(11, 13)), min_size=1, max_size=8))
def test_what_comes_back_late_gets_what_its_language_has_now(contents: list[tuple[int, int]]) -> None:
    """However many exchanges there were of two languages, and also where they led back to an earlier content."""
    stored: dict[int, int] = {}
    for before, after in pairwise(contents):
        stored = changes_with(stored, dict(zip(before, after, strict=True)))
    for language in (0, 1):
        ever = {one[language] for one in contents}
        assert {stored.get(one, one) for one in ever} == {contents[-1][language]}
