"""Nobody sends in another organisation's name: mail of both leaves from servers that its domain trusts."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from mobilize.audiences.audience import Audience
from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.permissions import Role
from mobilize.mailings import service
from mobilize.mailings.checks import errors_of
from mobilize.mailings.content import MailingText, SenderText, Version
from mobilize.mailings.models import Mailing
from mobilize.organisations.queries import default_sender, may_send_from
from mobilize.organisations.service import change_sender, give_word, record_dns_proof
from tests.accounts.browsing import fill
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in

THEIRS = "news@rights.test"


@pytest.fixture
def houses(app: Flask) -> tuple[int, int]:
    """The ids of an organisation with a domain of its own, and of a hostile neighbour."""
    with db.writing():
        rights, hostile = make_organisation(slug="rights"), make_organisation(slug="hostile")
        change_sender(rights.id, names={"en": "Rights"}, address=THEIRS)
        return rights.id, hostile.id


def write_from(organisation_id: int, address: str) -> str:
    text = MailingText("December", SenderText("Rights", address), {"en": Version("Hello", "", ())})
    with db.writing():
        return service.create_mailing(Audience.of(organisation_id, []), text).sender_address


@pytest.mark.parametrize("address", [THEIRS, "director@RIGHTS.test"])
def test_a_mailing_in_anothers_name_is_refused(houses: tuple[int, int], address: str) -> None:
    """Whatever stands before the at sign."""
    with pytest.raises(Refused) as refused:
        write_from(houses[1], address)
    assert refused.value.field == "sender_address"


def test_an_owner_does_not_take_anothers_domain(app: Flask, houses: tuple[int, int]) -> None:
    """The settings say so, and nothing changes."""
    client = app.test_client()
    with db.writing():
        client.set_cookie(COOKIE, sign_in(houses[1], Role.OWNER))
    page = "/studio/hostile/settings/"
    answer = fill(client, page, f"{page}sender", sender_names_en="Rights", sender_address=THEIRS, reply_to="")
    assert answer.status_code == 422
    assert "Another organisation sends from this domain" in answer.text
    with db.reading():
        assert default_sender(houses[1]).address == "news@hostile.example.org"


def test_another_spelling_of_anothers_domain_is_refused(houses: tuple[int, int]) -> None:
    """A domain in letters and in Punycode is one; one with a sharp s is not the one with ss."""
    with db.writing():
        change_sender(houses[0], names={"en": "Rights"}, address="news@bücher.test")
    for address in ("a@xn--bcher-kva.test", "a@BÜCHER.test", "a@bu\u0308cher.test"):
        with pytest.raises(Refused):
            write_from(houses[1], address)
    with db.writing():
        change_sender(houses[0], names={"en": "Rights"}, address="news@straße.test")
    assert write_from(houses[1], "a@strasse.test") == "a@strasse.test"


def test_nothing_is_sent_from_a_domain_that_nobody_proved(houses: tuple[int, int]) -> None:
    """Until DNS shows the key, or the operator gives their word; for that organisation and that address only."""
    with db.reading():
        assert not may_send_from(houses[0], THEIRS)
        assert may_send_from(houses[0], "news@rights.example.org")
    with db.writing():
        give_word(houses[0], THEIRS.upper())
    with db.reading():
        assert may_send_from(houses[0], THEIRS)
        assert not may_send_from(houses[0], "director@rights.test")
        assert not may_send_from(houses[1], THEIRS)
    with db.writing():
        record_dns_proof(houses[0], "rights.test")
    with db.reading():
        assert may_send_from(houses[0], "director@RIGHTS.test")
        assert not may_send_from(houses[0], "director@sub.rights.test")


def test_the_check_and_the_launch_refuse_an_unproven_sender(houses: tuple[int, int]) -> None:
    """In words that say what to do."""
    write_from(houses[0], THEIRS)
    with db.reading():
        row = session.scalars(select(Mailing)).one()
        assert any("not proven that you may send from rights.test" in one.words for one in errors_of(row))
    with db.writing():
        give_word(houses[0], THEIRS)
    with db.reading():
        row = session.scalars(select(Mailing)).one()
        assert not any("not proven" in one.words for one in errors_of(row))


def test_ones_own_domain_and_a_new_one_are_free(houses: tuple[int, int]) -> None:
    """Other addresses of one's domain, a domain nobody here has, one below another's, and those for examples."""
    assert write_from(houses[0], "director@rights.test") == "director@rights.test"
    for address in ("news@new.test", "news@sub.rights.test", "news@otherrights.test", "news@rights.example.org"):
        assert write_from(houses[1], address) == address
