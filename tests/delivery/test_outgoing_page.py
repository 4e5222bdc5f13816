"""The owner's page of how mail leaves: keys and DNS, a server of one's own, limits, a test mail."""

from __future__ import annotations

import email
import email.policy
import time
from dataclasses import replace
from email.message import EmailMessage

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from mobilize.core import clock, db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.permissions import OrganisationRef, Role
from mobilize.core.settings import Settings
from mobilize.delivery.caps import Cap, cap_of
from mobilize.delivery.models import Message, Stream
from mobilize.delivery.outgoing.trial import send_trial
from mobilize.delivery.rates.service import rates_of
from mobilize.delivery.sending import servers
from mobilize.delivery.sending.worker import Worker
from mobilize.organisations.models import DkimKey, Organisation, SenderProof
from mobilize.organisations.queries import DomainKey, domain_keys, signing_key
from mobilize.organisations.signing_keys import make_dkim_key
from tests.accounts.browsing import fill
from tests.factories import make_organisation
from tests.organisations.test_dns_checks import FakeDns
from tests.smtp_server import SmtpServer, running
from tests.staff import COOKIE, sign_in

PAGE = "/studio/house/settings/sending"
DOMAIN = "house.example.org"
GOOD = {"host": "mail.example.net", "port": "587", "security": "starttls", "user": "house", "password": "se cret/@"}


@pytest.fixture
def house(app: Flask) -> Organisation:
    with db.writing():
        house = make_organisation(slug="house")
        make_dkim_key(house.id, DOMAIN)
    return house


@pytest.fixture
def owner(app: Flask, house: Organisation) -> FlaskClient:
    return browser(app, house, Role.OWNER)


@pytest.fixture
def dns(app: Flask) -> FakeDns:
    app.extensions["dns"] = FakeDns()
    found: FakeDns = app.extensions["dns"]
    return found


def browser(app: Flask, house: Organisation, role: Role) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        client.set_cookie(COOKIE, sign_in(house.id, role))
    return client


def keys(house: Organisation) -> list[DomainKey]:
    with db.reading():
        return domain_keys(house.id, DOMAIN)


def actions() -> list[str]:
    with db.reading():
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def server_url(house: Organisation) -> str | None:
    with db.reading():
        row = servers.server_row(house.id)
        return None if row is None else row.url


@pytest.mark.parametrize("role", [Role.CAMPAIGNER, Role.VIEWER])
def test_only_owners_see_it(app: Flask, house: Organisation, role: Role) -> None:
    """Neither the page nor the tab."""
    client = browser(app, house, role)
    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get("/studio/house/settings/").text


def test_the_most_that_one_person_gets(house: Organisation, owner: FlaskClient) -> None:
    """Set, shown, taken away by an empty field, and in the trail; what is no number is refused at its field."""
    assert fill(owner, PAGE, f"{PAGE}/cap", most_mails="3", most_mails_days="14").status_code == 303
    with db.reading():
        assert cap_of(house.id) == Cap(3, 14)
    assert 'value="3"' in owner.get(PAGE).text
    for wrong in ({"most_mails": "0", "most_mails_days": "14"}, {"most_mails": "3", "most_mails_days": "91"}):
        answer = fill(owner, PAGE, f"{PAGE}/cap", **wrong)
        assert (answer.status_code, "Enter a number from 1 to" in answer.text) == (422, True)
    assert fill(owner, PAGE, f"{PAGE}/cap", most_mails="", most_mails_days="14").status_code == 303
    with db.reading():
        assert cap_of(house.id) is None
    assert actions().count("organisation.cap-changed") == 2


def test_a_new_key_waits_until_dns_shows_it(house: Organisation, owner: FlaskClient, dns: FakeDns) -> None:
    """Made twice it is one; activation is refused, then done; the former key is retired; the trail has it."""
    old = keys(house)[0]
    for _press in range(2):
        assert fill(owner, PAGE, f"{PAGE}/keys").status_code == 303
    new, still = keys(house)
    assert (new.waits, still) == (True, old)
    assert new.record.value in owner.get(PAGE).text
    answer = fill(owner, PAGE, f"{PAGE}/keys/{new.uid}/activate")
    assert answer.status_code == 422
    assert "Nothing is published at" in answer.text
    assert signing(house) == old.selector
    dns.records[new.record.name] = [new.record.value]
    for _press in range(2):
        assert fill(owner, PAGE, f"{PAGE}/keys/{new.uid}/activate").status_code == 303
    assert signing(house) == new.selector
    assert [key.retired_at is not None for key in keys(house)] == [False, True]
    assert actions()[-4:] == [
        "organisation.key-made",
        "organisation.sender-allowed",
        "organisation.key-retired",
        "organisation.key-activated",
    ]


def test_a_key_seen_in_dns_proves_the_domain(house: Organisation, owner: FlaskClient, dns: FakeDns) -> None:
    """Another key, or silence, proves nothing."""
    record = keys(house)[0].record
    for texts, proven in (([], False), (["v=DKIM1; k=rsa; p=MIIBother"], False), ([record.value], True)):
        dns.records[record.name] = texts
        fill(owner, PAGE, f"{PAGE}/check")
        with db.reading():
            proofs = session.execute(select(SenderProof.organisation_id, SenderProof.scope)).all()
        assert [tuple(row) for row in proofs] == ([(house.id, f"@{DOMAIN}")] if proven else [])


def test_a_key_is_activated_unseen_only_on_purpose(house: Organisation, owner: FlaskClient, dns: FakeDns) -> None:
    """One press with a tick; a retired key never comes back."""
    fill(owner, PAGE, f"{PAGE}/keys")
    new, old = keys(house)
    assert fill(owner, PAGE, f"{PAGE}/keys/{new.uid}/activate", anyway="y").status_code == 303
    assert signing(house) == new.selector
    assert fill(owner, PAGE, f"{PAGE}/keys/{old.uid}/activate", anyway="y").status_code == 409
    assert signing(house) == new.selector


def test_the_database_refuses_a_second_active_key(house: Organisation) -> None:
    """Whatever code may do one day."""
    with db.writing():
        make_dkim_key(house.id, DOMAIN)
    with db.writing(), pytest.raises(IntegrityError):
        session.execute(update(DkimKey).values(retired_at=None, activated_at=clock.now()))


def test_the_records_are_checked_on_a_press(house: Organisation, owner: FlaskClient, dns: FakeDns) -> None:
    """Each with a word and what to do; opening the page asks nobody."""
    key = keys(house)[0]
    dns.records |= {key.record.name: [key.record.value], DOMAIN: ["v=spf1 -all"]}
    assert "In order" not in owner.get(PAGE).text
    answer = fill(owner, PAGE, f"{PAGE}/check")
    assert answer.status_code == 200
    assert "It is published." in answer.text
    assert f"The record at {DOMAIN} does not allow our server. Add mx to it." in answer.text
    assert f"Nothing is published at _dmarc.{DOMAIN} yet" in answer.text


def test_limits_are_set_and_taken_back(house: Organisation, owner: FlaskClient) -> None:
    """And shown again as they are kept."""
    limits = {"sender_rate": "40", "domain_rates": "GMAIL.example 10\nother.example 0,5"}
    assert fill(owner, PAGE, f"{PAGE}/rates", **limits).status_code == 303
    assert rates(house) == {"": 40, "gmail.example": 10, "other.example": 0.5}
    assert "gmail.example 10\nother.example 0.5" in owner.get(PAGE).text
    assert fill(owner, PAGE, f"{PAGE}/rates", sender_rate="", domain_rates="").status_code == 303
    assert rates(house) == {}


def test_a_wrong_limit_changes_nothing(house: Organisation, owner: FlaskClient) -> None:
    """The line is named, beside the field."""
    answer = fill(owner, PAGE, f"{PAGE}/rates", sender_rate="5", domain_rates="gmail.example\n")
    assert answer.status_code == 422
    assert "Line 1: write a domain and a number" in answer.text
    assert rates(house) == {}


def test_a_server_is_kept_sealed_and_its_password_shown_nowhere(house: Organisation, owner: FlaskClient) -> None:
    """Also not when the form is opened again; left empty, it stays, but only for the same user and host."""
    assert fill(owner, PAGE, f"{PAGE}/server", **GOOD).status_code == 303
    assert server_url(house) == "smtp://house:se%20cret%2F%40@mail.example.net:587?starttls=required"
    page = owner.get(PAGE).text
    assert "mail.example.net" in page
    assert "se cret" not in page
    assert "se%20cret" not in page
    assert fill(owner, PAGE, f"{PAGE}/server", **{**GOOD, "port": "2525", "password": ""}).status_code == 303
    assert (server_url(house) or "").startswith("smtp://house:se%20cret%2F%40@mail.example.net:2525")
    elsewhere = {**GOOD, "host": "thief.example.net", "password": ""}
    assert fill(owner, PAGE, f"{PAGE}/server", **elsewhere).status_code == 422
    with db.engine().connect() as connection:
        sealed = connection.exec_driver_sql("SELECT url_sealed FROM mail_servers").scalar()
    assert b"example" not in bytes(sealed or b"example")
    assert fill(owner, PAGE, f"{PAGE}/server/remove").status_code == 303
    assert server_url(house) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("host", ""), ("host", "two words"), ("host", "x/../y"), ("port", "0"), ("port", "6379"), ("security", "none")],
)
def test_a_server_that_cannot_be_is_refused(house: Organisation, owner: FlaskClient, field: str, value: str) -> None:
    """Beside its field, and nothing is kept."""
    assert fill(owner, PAGE, f"{PAGE}/server", **{**GOOD, field: value}).status_code == 422
    assert server_url(house) is None


def test_the_demonstration_gets_no_server(app: Flask, house: Organisation, owner: FlaskClient) -> None:
    """Its pages say why; a server that is there all the same is not used."""
    assert fill(owner, PAGE, f"{PAGE}/server", **GOOD).status_code == 303
    with db.writing():
        session.get_one(Organisation, house.id).is_demonstration = True
    assert fill(owner, PAGE, f"{PAGE}/server", **GOOD).status_code == 422
    with db.reading():
        assert servers.own_servers(session.connection()) == {}


def test_a_test_mail_takes_the_way_of_every_mail(
    app: Flask, installation: Settings, house: Organisation, owner: FlaskClient
) -> None:
    """Over the house's own server, while another house's mail goes over the installation's; the page shows the end."""
    with db.writing():
        other = make_organisation(slug="other")
    neighbour = app.test_client()
    with db.writing():
        neighbour.set_cookie(COOKIE, sign_in(other.id))
    with running(SmtpServer()) as own, running(SmtpServer()) as common:
        allowing = replace(installation, smtp_url=f"{common.url}?starttls=off", private_mail_servers=True)
        app.config["SETTINGS"] = allowing
        facts = {"host": "127.0.0.1", "port": str(own.port), "security": "none"}
        assert fill(owner, PAGE, f"{PAGE}/server", **facts).status_code == 303
        for client, page in ((owner, PAGE), (neighbour, PAGE.replace("house", "other"))):
            assert fill(client, page, f"{page}/test", address="me@example.net").status_code == 303
        worker = Worker.of(allowing)
        worker.drain(Stream.TRANSACTIONAL, deadline=time.monotonic() + 120, stop=lambda: False)
        worker.close()
        assert [len(one.messages) for one in (own, common)] == [1, 1]
    assert parsed(own.messages[0])["From"] == f"{house.names['en']} <news@house.example.org>"
    assert parsed(own.messages[0])["Subject"] == "A test email"
    assert "Delivered" in owner.get(PAGE).text


def test_a_server_inside_the_network_is_not_contacted(
    installation: Settings, house: Organisation, owner: FlaskClient
) -> None:
    """Unless the installation allows it: the row waits, and says why."""
    with running(SmtpServer()) as inside:
        with db.writing():
            facts = servers.ServerFacts("127.0.0.1", inside.port, "none")
            servers.use_server(session.get_one(Organisation, house.id), facts, private_allowed=True)
        assert fill(owner, PAGE, f"{PAGE}/test", address="me@example.net").status_code == 303
        worker = Worker.of(replace(installation, smtp_url="smtp://127.0.0.1:1?starttls=off"))
        worker.drain(Stream.TRANSACTIONAL, deadline=time.monotonic() + 120, stop=lambda: False)
        worker.close()
    assert inside.connections == 0
    assert "the server does not stand on the public Internet" in owner.get(PAGE).text


def test_a_server_that_is_away_holds_up_nobody_else(installation: Settings, house: Organisation) -> None:
    """Its house's mail waits; everybody else's leaves in the same drain."""
    with db.writing():
        facts = servers.ServerFacts("127.0.0.1", 1, "none")
        servers.use_server(session.get_one(Organisation, house.id), facts, private_allowed=True)
        other = make_organisation(slug="other")
        for one in (house, other):
            send_test(one)
    with running(SmtpServer()) as common:
        worker = Worker.of(replace(installation, smtp_url=f"{common.url}?starttls=off", private_mail_servers=True))
        worker.drain(Stream.TRANSACTIONAL, deadline=time.monotonic() + 120, stop=lambda: False)
        worker.close()
    with db.reading():
        ended = dict(session.execute(select(Message.organisation_id, Message.state)).all())
    assert (ended[house.id], ended[other.id]) == ("sending", "finished")
    assert len(common.messages) == 1


def test_ten_test_mails_an_hour_are_enough(owner: FlaskClient) -> None:
    """The eleventh is refused: the page is no way to write to strangers."""
    codes = [fill(owner, PAGE, f"{PAGE}/test", address="me@example.net").status_code for _mail in range(11)]
    assert codes == [303] * 10 + [422]


def send_test(house: Organisation) -> None:
    send_trial(OrganisationRef(house.id, house.uid, house.slug, house.slug), "me@example.net", "en")


def signing(house: Organisation) -> str | None:
    with db.reading():
        key = signing_key(house.id, DOMAIN)
    return None if key is None else key.selector


def rates(house: Organisation) -> dict[str, float]:
    with db.reading():
        return rates_of(house.id)


def parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)
