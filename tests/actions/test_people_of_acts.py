"""What is held about who signed: shown to them, taken away with them and with time; the number stays."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.actions.personal_data import PERSONAL
from mobilize.actions.queries import count_acts
from mobilize.actions.service import close
from mobilize.actions.tick_steps import forget_people
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Recipient
from mobilize.organisations.queries import Brand
from mobilize.people.erasing import BY_STAFF, begin_erasure, finish_erasures
from tests.actions.conftest import STUDIO, found_petition
from tests.actions.signing import PERSON, acts, sign


def held(recipient_id: int) -> list[dict[str, object]]:
    with db.reading():
        (section,) = PERSONAL.held([recipient_id])
        return [dict(row) for row in section.rows]


def test_a_person_reads_what_they_signed(client: FlaskClient, petition: int) -> None:
    sign(client)
    (act,) = acts()
    assert act.recipient_id is not None
    (row,) = held(act.recipient_id)
    assert row["name"] == "Amina Benali"
    assert row["wording"] == "The recipient of the petition sees your name, and nothing else."


def test_erased_they_count_and_signing_again_does_not(
    client: FlaskClient, campaigner: FlaskClient, house: Brand, petition: int, settings: Settings
) -> None:
    """The keyed hash outlives them: the same address counts no second time."""
    sign(client)
    (act,) = acts()
    assert act.recipient_id is not None
    with db.writing():
        begin_erasure(house.id, [act.recipient_id], BY_STAFF)
    finish_erasures(settings)
    (left,) = acts()
    assert (left.recipient_id, left.name, left.country) == (None, "", "")
    assert held(act.recipient_id) == []
    assert "Forgotten" in campaigner.get(f"{STUDIO}/open-the-square/acts").text
    sign(client)
    assert len(acts()) == 1
    with db.reading():
        assert count_acts(petition) == 1


def test_people_are_forgotten_a_while_after_it_closed(
    client: FlaskClient, house: Brand, petition: int, installation: Settings
) -> None:
    sign(client)
    with db.writing():
        close(found_petition(house))
    now = clock.now()
    forget_people(now + timedelta(days=364), installation)
    assert acts()[0].recipient_id is not None
    forget_people(now + timedelta(days=366), installation)
    (act,) = acts()
    assert (act.recipient_id, act.name) == (None, "")
    with db.reading():
        assert count_acts(petition) == 1
        people = session.scalars(select(Recipient)).all()
        assert PERSON not in [row.contact for row in people]
