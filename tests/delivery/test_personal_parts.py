"""Service mail with a calendar entry and a picture of each person's own, as a server receives it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from email.message import EmailMessage

import dkim
import pytest
from sqlalchemy import func, select, update

from mobilize.core import crypto, db, feature
from mobilize.core.db import session
from mobilize.core.domains import domain_of
from mobilize.core.errors import Refused
from mobilize.core.settings import Settings
from mobilize.delivery.mime.codes import MAX_CODE, drawn
from mobilize.delivery.models import Delivery, Message, Recipient, Stream
from mobilize.delivery.personal import facts_place
from mobilize.delivery.recipients import change_contact
from mobilize.delivery.sending.worker import Worker
from mobilize.delivery.service import Addressee, Common, send_many
from mobilize.features import FEATURES
from mobilize.organisations.domain_keys import new_private_key, public_text
from mobilize.organisations.models import DkimKey
from mobilize.organisations.queries import default_sender
from tests.delivery import passes
from tests.delivery.calendar_mail import PNG, entry, event_in, parsed, part_of
from tests.delivery.engine_world import World, make_world, reasons
from tests.smtp_server import SmtpServer, running

NAMES = ("Amina", 'Anna "the ^lion^"; CN=x', "\N{ARABIC LETTER NOON}" * 60, "Zoë " * 40, "O'Neill, Jr.")


@pytest.fixture
def world(installation: Settings) -> Iterator[World]:
    """Five people with names of all kinds, and a feature whose mail shows a code."""
    feature.use([*FEATURES, passes.FEATURE])
    made = make_world(people=len(NAMES))
    with db.writing():
        for person, name in zip(made.people, NAMES, strict=True):
            change_contact(session.get_one(Recipient, person), made.organisation.uid, first_name=name)
    yield made
    feature.use(FEATURES)


def code_of(person: int) -> str:
    """A code that is no other person's."""
    return f"PASS-{person:04}"


def ticket(person: int, **values: object) -> Addressee:
    return Addressee(person, "en", **{"codes": {"code": code_of(person)}, **values})  # type: ignore[arg-type]


def tell(world: World, rows: list[Addressee], calendar: str = "") -> str:
    common = Common({"event": "Assembly"}, calendar or entry())
    with db.writing():
        return send_many(
            "passes/ticket", rows, organisation=world.organisation, anchor="event:abc", common=lambda _language: common
        )


def received(settings: Settings) -> dict[str, bytes]:
    """Every mail as it arrived over SMTP, by its address."""
    with running(SmtpServer()) as server:
        worker = Worker.of(replace(settings, smtp_url=f"{server.url}?starttls=off"))
        with closing(worker):
            worker.drain(Stream.TRANSACTIONAL, deadline=time.monotonic() + 60, stop=lambda: False)
    found = {parsed(one)["To"].addresses[0].addr_spec: one for one in server.messages}
    assert len(found) == len(server.messages)
    return found


def signing(world: World) -> bytes:
    """Let the sender's mail be signed from now on; the record that receivers find."""
    made, pem = world.organisation.created_at, new_private_key()
    with db.writing():
        domain = domain_of(default_sender(world.organisation.id).address)
        facts = {"organisation_id": world.organisation.id, "domain": domain, "selector": "one"}
        key = DkimKey(**facts, created_at=made, activated_at=made)
        key.private_key = pem
        session.add(key)
    return public_text(pem).encode()


def test_each_copy_is_signed_and_reads_as_its_person(world: World, installation: Settings) -> None:
    """The attendee and the picture are the reader's own, in one signed mail compiled once."""
    record = signing(world)
    tell(world, list(map(ticket, world.people)))
    mails = received(installation)
    assert len(mails) == len(NAMES)
    for number, (person, name) in enumerate(zip(world.people, NAMES, strict=True)):
        address = f"reader-{number}@example.net"
        raw = mails[address]
        assert dkim.verify(raw, dnsfunc=lambda _name, timeout=5: record)
        mail = parsed(raw)
        attendee = event_in(mail)["ATTENDEE"]
        assert (str(attendee), attendee.params["CN"]) == (f"mailto:{address}", name.strip())
        assert shown_picture(mail) == drawn(code_of(person))


def shown_picture(mail: EmailMessage) -> bytes:
    """The picture that the HTML points to."""
    picture = part_of(mail, "image/png")
    identifier = picture["Content-ID"].strip("<>")
    assert f'src="cid:{identifier}"' in part_of(mail, "text/html").get_content()
    octets = picture.get_payload(decode=True)
    assert isinstance(octets, bytes)
    return octets


def test_its_parts_are_in_the_order_that_mail_programs_need(world: World, installation: Settings) -> None:
    """Text, HTML with its picture, calendar; nothing is offered as a file."""
    tell(world, [ticket(world.people[0])])
    (raw,) = received(installation).values()
    mail = parsed(raw)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/calendar",
    ]
    assert list(mail.iter_attachments()) == []
    assert not any(part.get_filename() for part in mail.walk())


def test_no_picture_has_the_name_of_another_mail_s(world: World, installation: Settings) -> None:
    """Content identifiers are unique in the world, or a mail program shows somebody's from its memory."""
    for _time in range(2):
        tell(world, list(map(ticket, world.people)))
        mails = received(installation).values()
        named = {part_of(parsed(raw), "image/png")["Content-ID"] for raw in mails}
        assert len(named) == len(NAMES)


def test_codes_are_sealed(world: World) -> None:
    """A ticket's code opens a door: no dump of the ledger shows it."""
    tell(world, list(map(ticket, world.people)))
    with db.reading():
        for sealed in session.scalars(select(Delivery.facts_sealed)):
            assert sealed is not None
            assert b"PASS" not in sealed


def test_a_row_that_an_earlier_version_wrote_is_sent_as_it_is(world: World, installation: Settings) -> None:
    """It holds the picture in place of the code."""
    person = world.people[0]
    uid = tell(world, [ticket(person)])
    kept = {"facts": {}, "links": {}, "pictures": {"code": base64.b64encode(PNG).decode()}}
    with db.writing():
        sealed = crypto.seal(json.dumps(kept), facts_place(uid))
        session.execute(update(Delivery).where(Delivery.recipient_id == person).values(facts_sealed=sealed))
    (raw,) = received(installation).values()
    assert shown_picture(parsed(raw)) == PNG


@pytest.mark.parametrize(
    ("codes", "calendar", "field"),
    [
        ({"code": ""}, "", "code"),
        ({"code": "A" * (MAX_CODE + 1)}, "", "code"),
        ({}, "", "code"),
        ({"code": "PASS"}, entry().replace("UID:", "X-UID:"), "calendar.UID"),
    ],
    ids=["empty", "too long", "missing", "not an entry"],
)
def test_what_no_copy_could_carry_is_refused_at_once(
    world: World, codes: dict[str, str], calendar: str, field: str
) -> None:
    """Nothing half-made is kept for a worker."""
    rows = [ticket(world.people[0]), ticket(world.people[1], codes=codes)]
    with pytest.raises(Refused) as refused:
        tell(world, rows, calendar)
    assert refused.value.field == field
    with db.reading():
        assert session.scalar(select(func.count(Message.id))) == 0


def test_a_row_that_lost_its_picture_fails_alone(
    world: World, installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gets an empty frame in the place of a ticket."""
    with monkeypatch.context() as patch:
        patch.setattr("mobilize.delivery.service.names_of", lambda _people: frozenset({"code"}))
        uid = tell(world, [ticket(world.people[0], codes={}), *map(ticket, world.people[1:])])
    assert len(received(installation)) == len(NAMES) - 1
    with db.reading():
        message_id = session.scalars(select(Message.id).where(Message.uid == uid)).one()
    assert reasons(message_id) == [("failed", "unfit"), *[("accepted", "")] * (len(NAMES) - 1)]
