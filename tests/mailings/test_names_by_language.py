"""A mail names its organisation, its sender and the postal address in its own language."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from mobilize.core import db
from mobilize.core.db import session
from mobilize.mailings import service
from mobilize.mailings.queries import mailing_anywhere
from mobilize.organisations.queries import sender_row
from tests.mailings.conftest import CONTENT, Campaigner, House
from tests.mailings.postman import Postman, text_of

UNSIGNED = {name: value for name, value in CONTENT.items() if name != "sender"}


@pytest.fixture(autouse=True)
def named(house: House) -> None:
    """The house in two of its four languages."""
    with db.writing():
        row = session.merge(house.row)
        row.names = {"en": "City of Harbours", "fr": "Ville des Ports"}
        row.postal_addresses = {"en": "Quay 1, Antwerp", "fr": "Quai 1, Anvers"}
        sender_row(row.id).names = {"en": "The city", "fr": "La ville"}


def delivered(postman: Postman, uid: str) -> dict[str, EmailMessage]:
    """What a reader of each language got."""
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
    postman.launch()
    postman.deliver()
    return {"fr" if mail["Subject"] == "La paix" else "en": mail for mail in postman.mails}


def test_a_mailing_is_from_the_organisation_in_the_language_of_each_mail(house: House, postman: Postman) -> None:
    """Header, List-Id, and the foot of the text."""
    mails = delivered(postman, house.mailing(UNSIGNED))
    english, french = mails["en"], mails["fr"]
    address = f"news@{house.row.slug}.example.org"
    assert (english["From"], french["From"]) == (f"The city <{address}>", f"La ville <{address}>")
    assert "City of Harbours" in english["List-Id"]
    assert "Ville des Ports" in french["List-Id"]
    assert "City of Harbours\r\nQuay 1, Antwerp" in text_of(english)
    assert "Ville des Ports\r\nQuai 1, Anvers" in text_of(french)


def test_a_name_that_a_campaigner_gave_stands_in_every_language(
    house: House, campaigner: Campaigner, postman: Postman
) -> None:
    """Without one, the studio shows the organisation's in the language that it shows."""
    uid = house.mailing(UNSIGNED)
    assert "<bdi>La ville</bdi>" in campaigner.get(f"{house.base}/{uid}/content?language=fr")
    values = {"name": "x", "sender_name": "The mayor", "sender_address": f"news@{house.row.slug}.example.org"}
    lists = [str(house.newsletter.id)]
    assert (
        campaigner.post(f"{house.base}/{uid}/audience", lists=lists, default_language="en", **values).status_code == 303
    )
    senders = {str(mail["From"]).partition(" <")[0] for mail in delivered(postman, uid).values()}
    assert senders == {"The mayor"}
    assert "<bdi>The mayor</bdi>" in campaigner.get(f"{house.base}/{uid}/content?language=fr")
