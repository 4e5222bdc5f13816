"""Who was not reached with the last change of an event: counted on its page, and listed with the reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.when import timed
from mobilize.delivery.models import Delivery, DeliveryState, Recipient, Suppression, SuppressionReason
from mobilize.events import changes, undelivered, undelivered_views
from mobilize.events.models import Attendance
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import mails
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.organisations.queries import Brand
from tests.crowd import make_people
from tests.events.conftest import BEFORE, wall

EVENT = "/studio/centre/calendar/partners"
PAGE = f"{EVENT}/undelivered"
STATES = (*[RegistrationState.REGISTERED] * 4, RegistrationState.WAITING, RegistrationState.PENDING)


@pytest.fixture(autouse=True)
def before_it() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def people(house: Brand, lecture: str) -> list[int]:
    """Four who are registered, one who waits and one who has not confirmed; the second's address is dead."""
    with db.writing():
        event = event_by_slug(house.id, lecture)
        change_form(event, FormFacts(capacity=6))
        found = make_people(house, len(STATES), [])
        for person, state in zip(found, STATES, strict=True):
            session.add(
                Registration(
                    event_id=event.id,
                    recipient_id=person,
                    state=state,
                    attendance=Attendance.VENUE,
                    language="en",
                    waiting_since=clock.now() if state is RegistrationState.WAITING else None,
                    changed_at=clock.now(),
                )
            )
        dead = session.get_one(Recipient, found[1])
        session.add(
            Suppression(
                organisation_id=house.id,
                address_index=dead.address_index,
                reason=SuppressionReason.HARD_BOUNCE,
                source="test",
                created_at=clock.now(),
            )
        )
    return found


def becomes(person: int, state: DeliveryState, reason: str = "") -> None:
    """What the worker recorded of somebody's copy."""
    with db.writing():
        row = session.scalars(select(Delivery).where(Delivery.recipient_id == person)).one()
        row.state, row.reason = state, reason


def cancel(house: Brand) -> None:
    with db.writing():
        changes.cancel(event_by_slug(house.id, "partners"), {"en": "Unforeseen circumstances."})


def test_apologies_that_did_not_arrive_are_counted_and_listed(
    campaigner: FlaskClient, house: Brand, people: list[int]
) -> None:
    assert "Everybody was reached" in campaigner.get(PAGE).text
    cancel(house)
    becomes(people[0], DeliveryState.FAILED, "no-such-address")
    becomes(people[2], DeliveryState.ACCEPTED)
    becomes(people[3], DeliveryState.UNKNOWN)
    becomes(people[4], DeliveryState.DEFERRED)
    assert "Undelivered apologies: 4" in campaigner.get(EVENT).text
    page = campaigner.get(PAGE).text
    assert "4 people were not reached" in page
    for words in ("There is no such address", "Not mailed: there is no such address", "Unknown", "Tried again later"):
        assert words in page
    assert page.count("/registrations/") == 4
    assert "@" not in page.replace("@e•••", "").replace("news@", "")


def test_they_come_in_pages(
    campaigner: FlaskClient, house: Brand, people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undelivered, "PAGE", 2)
    monkeypatch.setattr(undelivered_views, "PAGE", 2)
    cancel(house)
    for person in people:
        becomes(person, DeliveryState.FAILED, "refused")
    seen = []
    with db.reading():
        event, after = event_by_slug(house.id, "partners"), 0
        while found := undelivered.not_reached(event, after=after)[:2]:
            seen += [one.who.row.recipient_id for one in found]
            after = found[-1].delivery_id
    assert sorted(seen) == sorted(people)
    assert "Next page" in campaigner.get(PAGE).text
    assert "Next page" not in campaigner.get(f"{PAGE}?after={after}").text


def test_only_the_last_change_counts_and_no_other_mail_of_the_event(
    campaigner: FlaskClient, house: Brand, people: list[int]
) -> None:
    """A confirmation that failed is not a missed change; a move is old news once there is another change."""
    when = timed(house.timezone, wall(2018, 5, 16, 19))
    with db.writing():
        changes.move(event_by_slug(house.id, "partners"), when, {})
    for person in people[:5]:
        becomes(person, DeliveryState.FAILED, "refused")
    assert "Not reached with the last change: 5" in campaigner.get(EVENT).text
    with time_machine.travel(BEFORE.replace(hour=13), tick=False):
        with db.writing():
            event = event_by_slug(house.id, "partners")
            changes.postpone(event, {})
            row = session.scalars(select(Registration).where(Registration.recipient_id == people[5])).one()
            mails.send_registered(event, house, row, session.get_one(Recipient, people[5]))
        becomes(people[5], DeliveryState.FAILED, "refused")
        assert "Not reached with the last change: 1" in campaigner.get(EVENT).text
        assert "Not mailed: there is no such address" in campaigner.get(PAGE).text


@pytest.mark.parametrize("after", ["nothing", "-1", "9" * 30])
def test_a_page_that_nobody_linked_to_is_harmless(
    campaigner: FlaskClient, house: Brand, people: list[int], after: str
) -> None:
    assert campaigner.get(f"{PAGE}?after={after}").status_code == 200
