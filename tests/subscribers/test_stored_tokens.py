"""Links that were mailed by the first version: they leave for ever, whatever is mailed today."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from mobilize.core import clock, crypto, db
from mobilize.core.db import session
from mobilize.core.errors import TokenRefused
from mobilize.core.keys import Keyring, Secret
from mobilize.core.links import leave_address
from mobilize.core.tokens import mint
from mobilize.delivery.bases import Basis, Leaving, list_basis
from mobilize.delivery.messages import open_message
from mobilize.delivery.models import BasisKind, Link, Recipient, RecipientKind, Stream
from mobilize.delivery.purposes import UNSUBSCRIBE
from mobilize.delivery.recipients import Contact, contact_place
from mobilize.delivery.sending.return_path import delivery_of
from mobilize.subscribers import leaving_by_mail
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.models import MailingList
from mobilize.subscribers.queries import lists_of
from mobilize.subscribers.service import subscribe
from tests.subscribers.conftest import City

STORED = json.loads((Path(__file__).parent / "stored/tokens.json").read_text())
PERSON, LIST = STORED["recipient"], STORED["list"]


@pytest.fixture(autouse=True)
def older_key(city: City) -> Iterator[None]:
    """The key of the file has been rotated away since: it still verifies."""
    mine = crypto.keyring()
    crypto.use(Keyring((*mine.secrets, Secret(bytes.fromhex(STORED["secret"]))), mine.index_key))
    yield
    crypto.use(mine)


@pytest.fixture(autouse=True)
def person(city: City) -> int:
    """The person and the list of the file, and one list more."""
    with db.writing():
        uid, address = "p" * 26, "reader@example.org"
        session.add(
            Recipient(
                id=PERSON, uid=uid, organisation_id=city.brand.id, kind=RecipientKind.PERSON, language="en",
                contact_sealed=crypto.seal(Contact(address).to_json(), contact_place(uid)),
                address_index=crypto.address_index(city.brand.uid, address),
                domain_index=crypto.domain_index(city.brand.uid, address), created_at=clock.now(),
            )
        )  # fmt: skip
        names = {"en": "Old friends"}
        session.add(
            MailingList(id=LIST, organisation_id=city.brand.id, slug="old", names=names, created_at=clock.now())
        )
        session.flush()
        subscribe(PERSON, [LIST, city.ids["news"]], Evidence("double-opt-in", "I agree"))
    return PERSON


def on() -> list[int]:
    with db.reading():
        return sorted(lists_of(PERSON))


def by_mail(address: str) -> None:
    with db.writing():
        leaving_by_mail.take(address, None, clock.now())  # type: ignore[arg-type]


def test_the_link_of_a_list_shows_and_leaves_that_list(client: FlaskClient, city: City):
    """By the page and by the one-click POST."""
    path = f"/u/{STORED['unsubscribe_list']}"
    assert "Old friends" in client.get(path).get_data(as_text=True)
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert on() == [city.ids["news"]]


def test_the_link_of_no_list_leaves_everything(client: FlaskClient):
    path = f"/u/{STORED['unsubscribe_everything']}"
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert on() == []


def test_an_address_for_leaving_by_mail_leaves(city: City):
    by_mail(STORED["leave_list"])
    assert on() == [city.ids["news"]]
    by_mail(STORED["leave_everything"].upper())
    assert on() == []


def test_footer_link_and_return_path_are_still_read(client: FlaskClient, city: City):
    """The footer shows a masked address; a link leads on; a return path names its delivery."""
    assert "r•••@e•••.org" in client.get(f"/p/{STORED['footer']}").get_data(as_text=True)
    with db.writing():
        message = open_message(
            organisation_id=city.brand.id, stream=Stream.BULK, anchor="mailing:x",
            sender_name="City", sender_address="news@example.org",
        )  # fmt: skip
        session.add(Link(id=STORED["link"], message_id=message, url="https://example.org/", url_digest=b"d" * 32))
    assert client.get(f"/l/{STORED['link_token']}").headers["Location"] == "https://example.org/"
    assert delivery_of(STORED["return_path"]) == STORED["delivery"]


def test_todays_links_of_lists_are_the_same_words():
    """A list needs no kind in its link, so nothing tells old from new."""
    assert Leaving(PERSON, list_basis(LIST)).ids == (PERSON, LIST)
    assert Leaving(PERSON, None).ids == (PERSON, 0)


@pytest.mark.parametrize("kind", BasisKind)
def test_a_basis_survives_its_link(kind: BasisKind):
    """Lists, registrations and acts of the same id are told apart."""
    leaving = Leaving(7, Basis(kind, 12))
    assert Leaving.of(leaving.ids) == leaving


def test_a_kind_of_a_later_version_is_refused():
    with pytest.raises(TokenRefused):
        Leaving.of((7, 12, 99))


def test_leaving_a_registration_by_mail_program_ends_what_waits_for_it(client: FlaskClient, city: City):
    """It names no list: the person leaves every list, as a mail program says nothing finer."""
    token = mint(UNSUBSCRIBE, *Leaving(PERSON, Basis(BasisKind.REGISTRATION, LIST)).ids)
    assert client.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert on() == []
    assert leave_address(PERSON, LIST, 1) == ""
