"""Leaving by a mail to the address in List-Unsubscribe: offered where it is received, and the same as one click."""

from __future__ import annotations

import email
import email.policy
import re
import smtplib
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from mobilize.core import db, links
from mobilize.core.db import session
from mobilize.core.errors import ConfigurationError
from mobilize.core.settings import Settings, load
from mobilize.delivery.models import Delivery
from mobilize.delivery.sending.return_path import return_path
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.leaving_by_mail import LEAVING
from mobilize.subscribers.models import Consent
from mobilize.subscribers.queries import lists_of
from mobilize.subscribers.service import subscribe
from tests.delivery.engine_world import FakeTransport, World, drain, make_world, states
from tests.delivery.returned_mail import AWAY, HARD, counted, mail, suppressions
from tests.delivery.test_bounce_command import run
from tests.delivery.test_bounce_receiver import listening

HOST = "leave.example.org"
EMPTY = b"From: reader-0@example.net\r\nSubject: unsubscribe\r\n\r\n"
OFFER = re.compile(r"<https?://[^<>]+/u/[\w-]+>, <mailto:(leave\+[0-9a-f]+@leave\.example\.org)\?subject=unsubscribe>")


@pytest.fixture
def world(installation: Settings) -> Iterator[World]:
    """Two people on two lists, in an installation that receives what is sent to ``HOST``."""
    links.use(installation.base_url, HOST)
    made = make_world(people=2, lists=2)
    with db.writing():
        for person in made.people:
            subscribe(person, made.lists, Evidence("import", "They agreed on paper"))
    yield made
    links.use(installation.base_url)


@pytest.fixture
def smtp(world: World) -> Iterator[smtplib.SMTP]:
    with listening(others=[LEAVING]) as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        yield client


def offered(world: World, lists: list[int]) -> list[str]:
    """The addresses to leave by, as a mailing to these lists gave them to its readers."""
    world.launch(lists=lists)
    transport = FakeTransport()
    drain(transport)
    mails = [email.message_from_bytes(one.message, policy=email.policy.default) for one in transport.sent]
    found = [OFFER.fullmatch(one["List-Unsubscribe"]) for one in mails]
    assert all(one["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" for one in mails)
    return [one[1] for one in found if one]


def write(client: smtplib.SMTP, address: str, raw: bytes = EMPTY, sender: str = "reader-0@example.net") -> None:
    """Send a mail; raises what ``smtplib`` does when it is refused."""
    client.sendmail(sender, [address], raw)


def lists(recipient_id: int) -> list[int]:
    with db.reading():
        return sorted(lists_of(recipient_id))


def test_an_empty_mail_leaves_the_list(smtp: smtplib.SMTP, world: World) -> None:
    """This list and no other, for this person and no other; what waits for them is revoked; twice is once."""
    address, _other = offered(world, world.lists[:1])
    waiting = world.launch(lists=world.lists[:1])
    for _time in range(2):
        write(smtp, address)
    assert lists(world.people[0]) == world.lists[1:]
    assert lists(world.people[1]) == world.lists
    assert states(waiting) == {"revoked": 1, "pending": 1}
    with db.reading():
        withdrawn = select(Consent.recipient_id, Consent.list_id).where(Consent.method == "leave-mail")
        assert session.execute(withdrawn).all() == [(world.people[0], world.lists[0])]
    assert counted() == {"left": 2}


def test_a_mail_about_no_list_leaves_everything(smtp: smtplib.SMTP, world: World) -> None:
    """As the one-click POST: off every list, and held back."""
    write(smtp, links.leave_address(world.people[0], 0))
    assert lists(world.people[0]) == []
    assert suppressions() == ["withdrawal"]


def test_relays_may_change_its_case(smtp: smtplib.SMTP, world: World) -> None:
    """The token is in hexadecimal."""
    write(smtp, links.leave_address(world.people[0], world.lists[0]).upper())
    assert lists(world.people[0]) == world.lists[1:]


@pytest.mark.parametrize("raw", [b"Auto-Submitted: auto-generated\r\n" + EMPTY, mail(AWAY), mail(HARD), b"\r\n"])
def test_whatever_comes_with_the_token_counts(smtp: smtplib.SMTP, world: World, raw: bytes) -> None:
    """Mail programs leave for their readers in many shapes; nobody else has the address, and nothing is answered."""
    write(smtp, links.leave_address(world.people[0], world.lists[0]), raw, sender="")
    assert lists(world.people[0]) == world.lists[1:]
    assert suppressions() == []
    with db.reading():
        assert session.scalars(select(Delivery.id)).all() == []


def test_forged_addresses_are_refused_at_the_door(smtp: smtplib.SMTP, world: World) -> None:
    """Altered, without a token, or with the token of a return path or of the page for leaving."""
    address = links.leave_address(world.people[0], world.lists[0])
    local, _at, domain = address.partition("@")
    last = "0" if local[-1] != "0" else "1"
    bounce = return_path(1, HOST).replace("bounces", "leave")
    for forged in (f"{local[:-1]}{last}@{domain}", f"leave@{domain}", f"leave+@{domain}", bounce):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            write(smtp, forged)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        write(smtp, address.replace("leave+", "bounces+"))
    assert lists(world.people[0]) == world.lists


def test_somebody_who_was_erased_is_not_missed(smtp: smtplib.SMTP, world: World) -> None:
    """The mail is taken, and changes nothing."""
    write(smtp, links.leave_address(10_000, world.lists[0]))
    assert counted() == {"stale": 1}


def test_a_pipe_takes_it_too(world: World, installation: Settings) -> None:
    """``mobilize bounces --read --to ADDRESS -``."""
    address = links.leave_address(world.people[0], world.lists[0])
    assert run(installation, "--read", "--to", address, "-", stdin=EMPTY).exit_code == 0
    assert lists(world.people[0]) == world.lists[1:]


def test_nothing_is_offered_that_nobody_receives(world: World, installation: Settings) -> None:
    """Without MOBILIZE_LEAVE_DOMAIN there is the https address alone."""
    links.use(installation.base_url)
    assert offered(world, world.lists) == []


@pytest.mark.parametrize("domain", ["localhost", "leave example.org", "-a.example.org", "léave.example.org", "a@b.org"])
def test_a_domain_that_cannot_be_one_is_refused(domain: str) -> None:
    """The setting is named."""
    with pytest.raises(ConfigurationError, match="MOBILIZE_LEAVE_DOMAIN"):
        load({"MOBILIZE_LEAVE_DOMAIN": domain})
    assert load({"MOBILIZE_LEAVE_DOMAIN": "Leave.Example.org"}).leave_domain == HOST
