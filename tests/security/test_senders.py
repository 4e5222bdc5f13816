"""Nobody sends in another organisation's name: mail of both leaves from servers that its domain trusts."""

from __future__ import annotations

import pytest
from flask import Flask

from mobilize.core import db
from mobilize.core.errors import Refused
from mobilize.core.permissions import Role
from mobilize.mailings import service
from mobilize.mailings.content import MailingText, SenderText, Version
from mobilize.organisations.queries import default_sender
from mobilize.organisations.service import change_sender
from tests.accounts.browsing import fill
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in

THEIRS = "news@rights.test"


@pytest.fixture
def houses(app: Flask) -> tuple[int, int]:
    """The ids of an organisation with a domain of its own, and of a hostile neighbour."""
    with db.writing():
        rights, hostile = make_organisation(slug="rights"), make_organisation(slug="hostile")
        change_sender(rights.id, name="Rights", address=THEIRS)
        return rights.id, hostile.id


def write_from(organisation_id: int, address: str) -> str:
    text = MailingText("December", SenderText("Rights", address), {"en": Version("Hello", "", ())})
    with db.writing():
        return service.create_mailing(organisation_id, text, []).sender_address


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
    answer = fill(client, page, f"{page}sender", sender_name="Rights", sender_address=THEIRS, reply_to="")
    assert answer.status_code == 422
    assert "Another organisation sends from this domain" in answer.text
    with db.reading():
        assert default_sender(houses[1]).address == "news@hostile.example.org"


def test_ones_own_domain_and_a_new_one_are_free(houses: tuple[int, int]) -> None:
    """Other addresses of one's domain, a domain nobody here has, one below another's, and those for examples."""
    assert write_from(houses[0], "director@rights.test") == "director@rights.test"
    for address in ("news@new.test", "news@sub.rights.test", "news@otherrights.test", "news@rights.example.org"):
        assert write_from(houses[1], address) == address
