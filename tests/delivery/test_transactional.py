"""One mail to one person, written in the caller's transaction."""

from __future__ import annotations

import json
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from sqlalchemy import func, select

from mobilize.core import clock, crypto, db
from mobilize.core.crypto import CannotOpen
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.links import LEAVE_BY_MAIL
from mobilize.core.settings import Settings
from mobilize.core.tokens import read
from mobilize.delivery.models import Content, Delivery, Message, MessageState, Recipient, Stream, SuppressionReason
from mobilize.delivery.personal import facts_place, open_facts
from mobilize.delivery.recipients import change_contact
from mobilize.delivery.sending.upkeep import reap_expired_leases
from mobilize.delivery.service import PersonalLink, send
from mobilize.delivery.smtp.transport import Lost, Phase
from mobilize.delivery.suppression.service import suppress
from mobilize.signup.purposes import CONFIRM
from tests.delivery.engine_world import FakeTransport, World, drain, index_of, make_world, message_row, states

TRANSACTIONAL = Stream.TRANSACTIONAL


@pytest.fixture
def world(installation: Settings) -> World:
    """Two people who may be mailed."""
    return make_world(people=2)


def confirm(world: World, number: int = 0, **options: object) -> str:
    """The mail of a sign-up."""
    with db.writing():
        return send(
            "signup/confirm",
            organisation=world.organisation,
            language="fr-BE",
            recipient=session.get_one(Recipient, world.people[number]),
            facts={"lists": "Newsletter"},
            anchor="signup:abc",
            personal_links={"action_url": PersonalLink(CONFIRM, (7,))},
            **options,  # type: ignore[arg-type]
        )


def received(transport: FakeTransport) -> list[EmailMessage]:
    return [BytesParser(policy=policy.default).parsebytes(one.message) for one in transport.sent]  # type: ignore[misc]


def sent() -> list[EmailMessage]:
    transport = FakeTransport()
    drain(transport, TRANSACTIONAL)
    return received(transport)


def test_a_mail_is_sent_with_its_own_link(world: World) -> None:
    """The link is minted at rendering, names the ids, and is the recipient's only."""
    confirm(world)
    (mail,) = sent()
    text = mail.get_body(("plain",)).get_content()
    token = text.split("/c/")[1].split()[0]
    assert read(CONFIRM, token) == (7,)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    assert mail["To"] == "Reader 0 <reader-0@example.net>"


def test_it_is_finished_when_it_left(world: World) -> None:
    """A message of one ends with its row."""
    confirm(world)
    sent()
    with db.reading():
        message_id = session.scalars(select(Message.id)).one()
    assert message_row(message_id).state is MessageState.FINISHED
    assert states(message_id) == {"accepted": 1}


def test_the_same_key_twice_is_one_mail(world: World) -> None:
    """A double click or a retried task sends nothing more and gets the first uid."""
    assert confirm(world, dedupe_key="signup:abc:1") == confirm(world, dedupe_key="signup:abc:1")
    assert len(sent()) == 1


def test_a_rolled_back_unit_sends_nothing(world: World) -> None:
    """The mail is part of the caller's transaction."""
    with db.writing():
        incomplete_mail(world, facts={"lists": "News", "action_url": "https://example.org/c/1"})
        db.abandon()
    assert sent() == []


def test_a_mail_without_all_its_values_is_refused_at_once(world: World) -> None:
    """Whoever writes it hears of it; nothing half-made is kept for a worker."""
    with pytest.raises(Refused), db.writing():
        incomplete_mail(world)
    with db.reading():
        assert session.scalar(select(func.count(Message.id))) == 0


def incomplete_mail(world: World, **facts: object) -> str:
    """The mail of a sign-up, as far as ``facts`` complete it."""
    return send(
        "signup/confirm",
        organisation=world.organisation,
        language="en",
        recipient=session.get_one(Recipient, world.people[0]),
        anchor="signup:abc",
        **facts,  # type: ignore[arg-type]
    )


def test_contents_are_kept_once(world: World) -> None:
    """Two people, one frozen content; their facts apart and sealed."""
    confirm(world, 0)
    confirm(world, 1)
    with db.reading():
        assert session.scalar(select(func.count(Content.id)).where(Content.language == "fr")) == 1
        rows = session.execute(
            select(Message.uid, Delivery.facts_sealed).join(Delivery, Delivery.message_id == Message.id)
        ).all()
    (uid, sealed), (other_uid, other_sealed) = rows
    assert b"Newsletter" not in sealed + other_sealed
    assert open_facts(uid, sealed).facts == {"lists": "Newsletter"}
    with pytest.raises(CannotOpen):
        open_facts(other_uid, sealed)


def test_mail_sealed_before_labels_were_stored_keeps_its_links(world: World) -> None:
    """Facts once named a link's purpose in capitals: such mail may still wait when the service is upgraded."""
    older = json.dumps({"facts": {}, "links": {"action_url": ["CONFIRM", 7, 1], "leave": ["LEAVE_BY_MAIL", 1, 0]}})
    links = open_facts("uid", crypto.seal(older, facts_place("uid"))).links
    assert links == {
        "action_url": PersonalLink(CONFIRM, (7, 1)),
        "leave": PersonalLink(LEAVE_BY_MAIL, (1, 0)),
    }


def test_mail_that_waits_follows_a_changed_address(world: World) -> None:
    """What has not left goes to the address that is right now."""
    confirm(world)
    with db.writing():
        person = session.get_one(Recipient, world.people[0])
        change_contact(person, world.organisation.uid, address="new@example.net", first_name="Nour")
        assert person.address_index == crypto.address_index(world.organisation.uid, "new@example.net")
    (mail,) = sent()
    assert mail["To"] == "Nour <new@example.net>"


@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_mail_that_the_person_asked_for_is_never_held_back(world: World, reason: SuppressionReason) -> None:
    """Who wants to come back must be able to confirm, whatever happened before."""
    with db.writing():
        suppress(world.organisation.id, index_of(world, 0), reason, "test")
    confirm(world)
    assert len(sent()) == 1


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_hard_bounce_holds_back_mail_nobody_asked_for(world: World, before: bool) -> None:
    """A reminder to a dead address stays here, whether the bounce came before it or after."""
    with db.writing():
        if before:
            suppress(world.organisation.id, index_of(world, 0), SuppressionReason.HARD_BOUNCE, "test")
    confirm(world, person_asked=False)
    with db.writing():
        suppress(world.organisation.id, index_of(world, 0), SuppressionReason.HARD_BOUNCE, "test")
    assert sent() == []
    with db.reading():
        message_id = session.scalars(select(Message.id)).one()
    assert states(message_id) == {"suppressed": 1}


def test_no_answer_sends_it_again_under_the_same_name(world: World) -> None:
    """A person waits for it, so it goes again; the same Message-ID lets mailboxes drop the copy."""
    confirm(world)
    first = FakeTransport(answer=lambda one: Lost(one.key, Phase.DOT, "silence"))
    drain(first, TRANSACTIONAL)
    with clock.frozen(clock.now().replace(year=clock.now().year + 1)):
        second = sent()
    assert [mail["Message-ID"] for mail in second] == [mail["Message-ID"] for mail in received(first)]


def test_a_dead_worker_delays_it_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed worker had on the wire waits again, instead of being parked."""
    confirm(world)

    def die(_count: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mobilize.delivery.sending.windows.Run.finish", lambda _run: None)
    with pytest.raises(KeyboardInterrupt):
        drain(FakeTransport(before=die), TRANSACTIONAL)
    monkeypatch.undo()
    with db.reading():
        message_id = session.scalars(select(Message.id)).one()
    assert states(message_id) == {"attempting": 1}
    with db.writing():
        assert reap_expired_leases(clock.now().replace(year=clock.now().year + 1)) == 1
    assert len(sent()) == 1


def test_streams_are_apart(world: World) -> None:
    """A worker of one stream leaves the others' rows alone."""
    message_id = world.launch(Stream.BULK)
    confirm(world)
    assert len(sent()) == 1
    assert states(message_id) == {"pending": 2}
