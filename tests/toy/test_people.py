"""What the toy feature holds about a person is shown, erased, and ended in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from mobilize import tick
from mobilize.core import db
from mobilize.core.db import Base, session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Recipient, RecipientKind
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.organisations.models import Organisation
from mobilize.people.erasing import BY_STAFF, begin_erasure, finish_erasures
from mobilize.people.queries import held_about, person
from tests.toy.conftest import BEGINS


def rows(table: str) -> list[object]:
    with db.reading():
        return list(session.execute(select(Base.metadata.tables[table])).mappings())


@pytest.fixture
def visitor(city: Organisation, fair: str) -> Recipient:
    """Somebody who registered for the fair with two guests."""
    with db.writing():
        recipient = find_or_create_recipient(city.id, city.uid, RecipientKind.PERSON, "amina@example.org", "en")
        found = session.scalars(select(Base.metadata.tables["fairs"].c.id)).one()
        registrations = Base.metadata.tables["fair_registrations"]
        session.execute(insert(registrations).values(fair_id=found, recipient_id=recipient.id, guests=2))
        return recipient


def test_what_it_holds_stands_on_a_persons_page(campaigner: FlaskClient, visitor: Recipient):
    """And in their export, without the people feature knowing of it."""
    page = campaigner.get(f"/studio/city/people/{visitor.uid}").text
    assert "Spring fair" in page
    assert "Guests" in page
    with db.reading():
        held = held_about(person(visitor.organisation_id, visitor.uid))
    (section,) = [one for one in held if one.name == "fairs"]
    assert [row["guests"] for row in section.rows] == [2]


def test_what_it_holds_goes_with_the_person(installation: Settings, city: Organisation, visitor: Recipient):
    """The registration is gone with the first commit; the fair stays."""
    with db.writing():
        begin_erasure(city.id, [visitor.id], BY_STAFF)
    assert (rows("fair_registrations"), len(rows("fairs"))) == ([], 1)
    assert finish_erasures(installation) == 1


def test_what_it_keeps_is_told_and_ends(installation: Settings, campaigner: FlaskClient, visitor: Recipient):
    """On the page of what is kept until when, and by its step."""
    assert "Who comes to a fair" in campaigner.get("/studio/city/settings/kept").text
    tick.run(BEGINS + timedelta(days=364), installation)
    assert len(rows("fair_registrations")) == 1
    tick.run(BEGINS + timedelta(days=366), installation)
    assert rows("fair_registrations") == []
