"""One message of service mail to many people, each with their own facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from sqlalchemy import delete, event, func, select

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.errors import Conflict, NotFound, Refused
from mobilize.core.settings import Settings
from mobilize.delivery.bases import Basis, list_basis
from mobilize.delivery.models import (
    BasisKind,
    Content,
    Delivery,
    Message,
    MessageState,
    Recipient,
    Stream,
    SuppressionReason,
)
from mobilize.delivery.recipients import change_contact
from mobilize.delivery.service import Addressee, Common, send_many
from mobilize.delivery.suppression.service import suppress
from mobilize.subscribers.models import Subscription
from tests.delivery.engine_world import FakeTransport, World, drain, index_of, make_world, reasons, states


@pytest.fixture
def world(installation: Settings) -> World:
    """Six people who may be mailed."""
    return make_world(people=6)


def addressee(person: int, language: str = "en", **values: object) -> Addressee:
    facts = {"lists": f"List of {person}", "action_url": f"https://example.org/c/{person}"}
    return Addressee(person, language, facts, **values)  # type: ignore[arg-type]


def tell(world: World, rows: Iterable[Addressee], **options: object) -> str:
    """A mail to these people, in the place of an apology."""
    with db.writing():
        return send_many("signup/confirm", rows, organisation=world.organisation, anchor="event:abc", **options)  # type: ignore[arg-type]


def message_of(uid: str) -> Message:
    with db.reading():
        row = session.scalars(select(Message).where(Message.uid == uid)).one()
        session.expunge(row)
        return row


def received() -> dict[str, EmailMessage]:
    transport = FakeTransport()
    drain(transport, Stream.TRANSACTIONAL)
    assert len(set(transport.readers)) == len(transport.readers)
    parser = BytesParser(policy=policy.default)
    return {one.recipient: parser.parsebytes(one.message) for one in transport.sent}  # type: ignore[misc]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@contextmanager
def statements() -> Iterator[list[str]]:
    """What this process asks the database within the block."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)


def test_everybody_gets_their_own_facts_in_their_own_language(world: World) -> None:
    """One message, one content a language, a row for everybody; facts are sealed and never mixed up."""
    languages = ["en", "fr-BE", "nl", "fr", "ar", "en-GB"]
    pairs = list(zip(world.people, languages, strict=True))
    uid = tell(world, [addressee(person, language) for person, language in pairs])
    with db.reading():
        assert sorted(session.scalars(select(Content.language))) == ["ar", "en", "fr", "nl"]
        sealed = list(session.scalars(select(Delivery.facts_sealed)))
    assert not any(b"List of" in one for one in sealed if one)
    assert message_of(uid).audience == 6
    mails = received()
    for number, person in enumerate(world.people):
        text = text_of(mails[f"reader-{number}@example.net"])
        assert f"List of {person}" in text.replace(".", "") + text
        assert f"/c/{person}" in text
    assert "confirmez" in mails["reader-1@example.net"]["Subject"]


def test_what_all_share_is_kept_in_the_content(world: World) -> None:
    """``common`` is asked once for each language that somebody gets, and not sealed row by row."""
    asked: list[str] = []

    def common(language: str) -> Common:
        asked.append(language)
        return Common({"lists": f"Shared in {language}"})

    rows = [
        Addressee(person, language, {"action_url": "https://example.org/c/1"})
        for person, language in zip(world.people, ["en", "fr", "fr-BE", "en", "en", "fr"], strict=True)
    ]
    tell(world, rows, common=common)
    assert sorted(asked) == ["en", "fr"]
    mails = received()
    assert "Shared in fr" in text_of(mails["reader-2@example.net"])
    assert "Shared in en" in text_of(mails["reader-3@example.net"])


def test_who_may_not_be_mailed_is_a_row_with_the_reason(world: World) -> None:
    """Nobody is skipped: the rows add up to those who were named, and the reasons are told."""
    with db.writing():
        for number, reason in enumerate(SuppressionReason):
            suppress(world.organisation.id, index_of(world, number), reason, "test")
    uid = tell(world, map(addressee, world.people))
    message_id = message_of(uid).id
    # Withdrawal and soft bounces hold back no service mail.
    held = [reason for reason in SuppressionReason if reason.value not in {"withdrawal", "soft-bounces"}]
    assert sorted(reason for _state, reason in reasons(message_id) if reason) == sorted(held)
    assert len(received()) == 3
    assert states(message_id) == {"accepted": 3, "suppressed": 3}
    assert message_of(uid).state is MessageState.FINISHED


@pytest.mark.parametrize("kind", list(BasisKind))
def test_a_withdrawal_holds_back_what_rests_on_a_list_or_an_act(world: World, kind: BasisKind) -> None:
    """The row's own basis decides, and is kept in the row."""
    with db.writing():
        suppress(world.organisation.id, index_of(world, 0), SuppressionReason.WITHDRAWAL, "test")
    uid = tell(world, [addressee(world.people[0], basis=Basis(kind, 7))])
    registered = kind is BasisKind.REGISTRATION
    assert states(message_of(uid).id) == {"pending" if registered else "suppressed": 1}
    with db.reading():
        row = session.execute(select(Delivery.basis_kind, Delivery.basis_id)).one()
    assert tuple(row) == (kind, 7)


def test_nobody_left_to_mail_is_a_finished_message(world: World) -> None:
    """All are held back, or there was nobody: no worker has to look at it."""
    with db.writing():
        suppress(world.organisation.id, index_of(world, 0), SuppressionReason.COMPLAINT, "test")
    for rows in ([addressee(world.people[0])], []):
        message = message_of(tell(world, rows))
        assert (message.state, message.audience) == (MessageState.FINISHED, len(rows))


def test_the_same_row_twice_is_one(world: World) -> None:
    """Two paths that lead to one person give one copy; two that differ are refused, and nobody is mailed."""
    person = world.people[0]
    uid = tell(world, [addressee(person), addressee(person)])
    assert message_of(uid).audience == 1
    with pytest.raises(Conflict, match=str(person)):
        tell(world, [addressee(world.people[1]), addressee(person), addressee(person, basis=list_basis(1))])
    assert list(received()) == ["reader-0@example.net"]


def test_a_value_that_one_row_lacks_is_refused_at_once(world: World) -> None:
    """The worker would fail that row alone, when the others had left."""
    lacking = Addressee(world.people[1], "en", {"lists": "News"})
    with pytest.raises(Refused, match="action_url"):
        tell(world, [addressee(world.people[0]), lacking])
    assert received() == {}


@pytest.mark.parametrize("whose", ["forgotten", "another organisation's"])
def test_somebody_who_is_not_there_stops_it_all(world: World, whose: str) -> None:
    """Nothing is written: the caller reads again whom it concerns. Nobody is mailed in another organisation's name."""
    person = world.people[0]
    if whose == "forgotten":
        with db.writing():
            session.execute(delete(Subscription).where(Subscription.recipient_id == person))
            session.execute(delete(Recipient).where(Recipient.id == person))
    else:
        person = make_world(people=1).people[0]
    with pytest.raises(NotFound):
        tell(world, [addressee(world.people[1]), addressee(person)])
    with db.reading():
        assert session.scalar(select(func.count(Message.id))) == 0


def test_the_same_key_twice_is_one_message(world: World) -> None:
    """A retried task gets the first uid, and nobody a second copy."""
    rows = list(map(addressee, world.people))
    assert tell(world, rows, dedupe_key="apology:abc") == tell(world, rows, dedupe_key="apology:abc")
    assert len(received()) == 6


@pytest.mark.parametrize("key", [None, "event:abc"], ids=["", "with a calendar entry"])
def test_thousands_cost_as_many_statements_as_two(installation: Settings, key: str | None) -> None:
    """None is asked for a person, also where earlier mails of theirs end, and the rows come with one INSERT."""
    costs = []
    for people in (2, 100):
        world = make_world(people=people)
        rows = [addressee(person, ("en", "fr")[person % 2]) for person in world.people]
        earlier = tell(world, rows, calendar_key=key)
        with statements() as seen:
            tell(world, rows, calendar_key=key)
        assert sum("INTO deliveries" in statement for statement in seen) == 1
        assert states(message_of(earlier).id) == {"revoked" if key else "pending": people}
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 16


def test_a_mail_to_one_waits_behind_no_crowd(installation: Settings) -> None:
    """Written after a message to forty, it leaves with the next claim; the crowd's own order is kept at the front."""
    world = make_world(people=40)
    tell(world, map(addressee, world.people[1:]))
    uid = tell(world, [addressee(world.people[0])])
    transport = FakeTransport()
    drain(transport, Stream.TRANSACTIONAL, claim_size=8)
    assert len(set(transport.readers)) == len(transport.readers) == 40
    assert transport.readers.index("reader-0@example.net") < 8
    assert transport.readers[0] == "reader-1@example.net"
    assert message_of(uid).state is MessageState.FINISHED


def test_what_waits_follows_a_changed_address(world: World) -> None:
    """As with a mail to one: what has not left goes to the address that is right now."""
    tell(world, map(addressee, world.people))
    with db.writing():
        person = session.get_one(Recipient, world.people[0])
        change_contact(person, world.organisation.uid, address="new@example.net")
    assert "new@example.net" in received()
