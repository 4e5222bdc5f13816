"""People and suppressions that earlier versions stored under the index of a case-folded domain."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from mobilize.core import crypto, db
from mobilize.core.db import session
from mobilize.delivery.models import Recipient, Suppression, SuppressionReason
from mobilize.delivery.suppression.listing import hold_back
from mobilize.delivery.suppression.service import suppress, suppression_of
from mobilize.people.queries import find_person
from tests.subscribers.conftest import City

BOOKS, STREET, PLAIN = "x@bücher-beispiel.de", "info@straße-beispiel.de", "info@strasse-beispiel.de"


def former(city: City, address: str) -> bytes:
    return crypto.address_indexes(city.brand.uid, address)[1]


def age(city: City, address: str) -> None:
    """Store this person as an earlier version did."""
    with db.writing():
        row = update(Recipient).where(Recipient.address_index == crypto.address_index(city.brand.uid, address))
        session.execute(row.values(address_index=former(city, address)))


def is_suppressed(city: City, address: str) -> bool:
    with db.reading():
        return suppression_of(city.brand.id, crypto.address_index(city.brand.uid, address)) is not None


def person_count() -> int:
    with db.reading():
        return len(session.scalars(select(Recipient.id)).all())


def test_a_domain_with_sharp_s_is_another_one(bring, city: City) -> None:
    """And a domain in Punycode is the one in letters: six lines, four people."""
    report = bring(
        f"email\n{STREET}\n{PLAIN}\njosé@example.org\njosé@example.org\n"
        "x@münchen-beispiel.de\nx@xn--mnchen-beispiel-zvb.de\n"
    )
    assert (report["created"], report["rejected"]) == (4, 2)


@pytest.mark.parametrize("address", [BOOKS, STREET])
def test_a_former_suppression_holds_for_who_comes_back(bring, city: City, address: str) -> None:
    """The dry run says so too."""
    with db.writing():
        suppress(city.brand.id, former(city, address), SuppressionReason.COMPLAINT, "test")
    for arguments in (["--dry-run"], []):
        assert bring(f"email\n{address}\n", *arguments)["suppressed"] == 1


@pytest.mark.parametrize("address", [BOOKS, STREET])
def test_a_former_person_is_found_and_keeps_what_holds(bring, city: City, address: str) -> None:
    """One row, whose index is today's from then on, with its suppression."""
    bring(f"email\n{address}\n")
    age(city, address)
    with db.writing():
        suppress(city.brand.id, former(city, address), SuppressionReason.HARD_BOUNCE, "test")
    before = person_count()
    with db.reading():
        assert find_person(city.brand.ref, address) is not None
    assert bring(f"email\n{address}\n", "--dry-run")["suppressed"] == 1
    assert bring(f"email\n{address}\n")["suppressed"] == 1
    assert is_suppressed(city, address)
    assert person_count() == before


def test_two_domains_that_had_one_index_become_two_people(bring, city: City) -> None:
    """The one who was there first does not stand for the other."""
    bring(f"email\n{STREET}\n")
    age(city, STREET)
    with db.reading():
        assert find_person(city.brand.ref, PLAIN) is None
    assert bring(f"email\n{PLAIN}\n")["created"] == 1
    assert bring(f"email\n{STREET}\n{PLAIN}\n")["unchanged"] == 2


def test_holding_back_an_address_reaches_its_former_person(bring, city: City) -> None:
    """By hand; its suppression stands under today's index, and none is left under the other."""
    bring(f"email\n{BOOKS}\n")
    age(city, BOOKS)
    with db.writing():
        hold_back(city.brand.ref, BOOKS, "asked by letter")
    with db.reading():
        joined = select(Recipient.id).join(Suppression, Suppression.address_index == Recipient.address_index)
        assert len(session.scalars(joined).all()) == 1
        assert suppression_of(city.brand.id, former(city, BOOKS)) is None
