"""Mail about accounts is the installation's: no organisation's server, owner or page comes near it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from mobilize import bootstrap, doctor
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.errors import ConfigurationError, NotFound, Refused
from mobilize.core.settings import load
from mobilize.delivery.models import Message
from mobilize.delivery.sending.servers import ServerFacts, own_servers, use_server
from mobilize.organisations.installation import installation_row
from mobilize.organisations.models import DkimKey, MailServer, Organisation, SendingIdentity
from mobilize.organisations.queries import brand_by_slug, default_sender, organisation_row, organisations
from mobilize.organisations.service import Facts, create_organisation
from tests.accounts.browsing import fill, forgotten
from tests.accounts.conftest import OWNER
from tests.accounts.ledger_mail import mailed_links

PEOPLE = "/studio/house/settings/people"


def owners_of_mail() -> set[int]:
    with db.reading():
        return set(session.scalars(select(Message.organisation_id)))


def without_server(app) -> None:
    """The service is open to the world, and nobody has set a mail server."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], base_url="http://mail.example.net", smtp_url=None)


def test_links_that_open_accounts_never_leave_over_an_organisations_server(client, house, owner):
    """Its owner has set a server of their own: reset and invitation do not use it."""
    with db.writing():
        server = ServerFacts("mail.example.net", 587, "starttls")
        use_server(organisation_row(house.id), server, private_allowed=False)
    fill(owner, PEOPLE, email="newcomer@example.org", role="viewer", language="en")
    forgotten(client, OWNER)
    assert len(mailed_links("accounts/reset") + mailed_links("accounts/invitation")) == 2
    with db.reading():
        assert set(own_servers(session.connection())) == {house.id}
        installation_id = installation_row().id
    assert owners_of_mail() == {installation_id}


def test_the_installation_never_uses_a_stored_mail_server(house):
    """It is refused one, and a row that came in by another way is ignored."""
    facts = ServerFacts("mail.example.net", 587, "starttls")
    with db.writing():
        row = organisation_row(installation_row().id)
        with pytest.raises(Refused):
            use_server(row, facts, private_allowed=True)
        session.add(MailServer(organisation_id=row.id, url=facts.url(""), changed_at=clock.now()))
    with db.reading():
        assert own_servers(session.connection()) == {}


def test_without_a_server_everybody_gets_the_same_refusal(app, client, house, owner):
    """Whether the address has an account or not; nothing is written."""
    without_server(app)
    known, unknown = (fill(client, "/studio/forgotten", email=one) for one in (OWNER, "nobody@example.org"))
    assert (known.status_code, unknown.status_code) == (422, 422)
    assert "cannot send emails about accounts" in known.text
    invited = fill(owner, PEOPLE, email="newcomer@example.org", role="viewer", language="en")
    assert (invited.status_code, "cannot send emails about accounts" in invited.text) == (422, True)
    assert owners_of_mail() == set()


def test_an_invitation_names_the_organisation_and_not_the_installation(client, house, owner):
    """Though it comes from the installation."""
    fill(owner, PEOPLE, email="newcomer@example.org", role="viewer", language="en")
    (link,) = mailed_links("accounts/invitation")
    assert "Join House" in client.get(link).text


@pytest.mark.parametrize("path", ["/", "/subscribe", "/brand.css", "/archive/"])
def test_no_page_leads_to_it(owner, path):
    """Its short name answers 404 to visitors and to staff."""
    with db.reading():
        slug = installation_row().slug
        assert slug not in {one.slug for one in organisations()}
        with pytest.raises(NotFound):
            brand_by_slug(slug)
    assert owner.get(f"/{slug}{path}").status_code == 404
    assert owner.get(f"/studio/{slug}/").status_code == 404
    assert slug not in owner.get("/").text + owner.get("/studio/").text


def test_no_organisation_can_take_its_short_name(house):
    """It has a form that those of organisations cannot have."""
    with db.reading():
        slug = installation_row().slug
    with db.writing(), pytest.raises(Refused):
        create_organisation(slug, Facts(names={"en": "x"}), sender_address="a@example.org")


def test_its_sender_follows_the_settings(settings):
    """Set, else at our own host; changed at the next start, and still one row with one sender."""
    for changes, expected in (
        ({}, "accounts@mobilize.example.org"),
        ({"base_url": "https://mail.ngo.example"}, "accounts@mail.ngo.example"),
        ({"sender": load({"MOBILIZE_SENDER": "help@ngo.example"}).sender}, "help@ngo.example"),
    ):
        bootstrap.prepare(replace(settings, **changes))
        with db.reading():
            assert default_sender(installation_row().id).address == expected
            assert len(session.scalars(select(Organisation).where(Organisation.is_installation)).all()) == 1
            assert len(session.scalars(select(SendingIdentity)).all()) == 1


def test_a_sender_that_is_no_address_is_refused():
    """By the setting's name."""
    with pytest.raises(ConfigurationError) as refused:
        load({"MOBILIZE_SENDER": "nobody"})
    assert refused.value.setting == "MOBILIZE_SENDER"


def test_doctor_says_when_account_mail_cannot_leave(house, settings):
    """No server for the world, or a sender that nobody can answer."""
    for changes, good in (
        ({}, True),
        ({"base_url": "https://mail.ngo.example"}, False),
        ({"smtp_url": "smtp://mail.ngo.example"}, False),
    ):
        assert doctor._accounts_sender(replace(settings, **changes)).good is good


def test_two_who_send_from_one_domain_have_two_records(house):
    """DNS has one key for a selector: the installation's and an organisation's must not be the same."""
    with db.writing():
        create_organisation("one", Facts(names={"en": "One"}), sender_address="a@mobilize.example.org")
    with db.reading():
        wanted = select(DkimKey.selector).where(DkimKey.domain == "mobilize.example.org")
        assert len(set(session.scalars(wanted))) == 2
