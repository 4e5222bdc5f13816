"""An event is moved and cancelled while people register and leave: what was shown is what then happens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.effects import PlannedChange
from mobilize.core.errors import Conflict
from mobilize.core.settings import Settings
from mobilize.core.when import timed
from mobilize.delivery.models import Content, Delivery
from mobilize.events import changes as events
from mobilize.events.anchors import moments_of
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations import service
from mobilize.events.registrations.asking import Place
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.organisations.queries import Brand
from mobilize.schedules import changes
from mobilize.schedules.changes import Outdated
from tests.schedules.conftest import LONG_BEFORE, the_event, wall

PEOPLE, THREADS = 40, 6


def one_registers(house: Brand, number: int) -> None:
    with clock.frozen(LONG_BEFORE), db.writing():
        try:
            place = Place("", "", Attendance.VENUE, "")
            service.confirm(service.ask(the_event(house), house, f"somebody{number}@example.org", "en", place))
        except Conflict:
            db.abandon()


def one_leaves(house: Brand, number: int) -> None:
    """Whoever was registered as the ``number``-th, if they still are."""
    with clock.frozen(LONG_BEFORE), db.writing():
        wanted = select(Registration).where(Registration.state == RegistrationState.REGISTERED)
        row = session.scalars(wanted.order_by(Registration.id).offset(number % 3)).first()
        if row is not None:
            service.leave(row, the_event(house))


def pressed(planned: Callable[[Event], PlannedChange], make: Callable[[Event], None], house: Brand) -> int:
    """Read the list and press until nothing changed in between; how many the last list said are told."""
    for _again in range(200):
        with clock.frozen(LONG_BEFORE), db.reading():
            seen = changes.preview(planned(the_event(house))).digest
        with clock.frozen(LONG_BEFORE), db.writing():
            event = the_event(house)
            try:
                return changes.apply(planned(event), seen, lambda event=event: make(event)).told
            except Outdated:
                db.abandon()
    raise AssertionError("the list never held still")


def told(template: str) -> int:
    """How many copies of a news mail there are."""
    with db.reading():
        wanted = select(func.count(Delivery.id)).join(Content, Content.id == Delivery.content_id)
        return session.scalar(wanted.where(Content.source["template"].as_string() == template)) or 0


@pytest.mark.parametrize("change", ["moved", "cancelled"])
def test_as_many_are_told_as_the_list_said(
    settings: Settings, app: Flask, house: Brand, lecture: str, change: str
) -> None:
    """And everybody who is registered when it commits is told of it; who comes later gets the new date alone."""
    assert lecture
    when = timed(house.timezone, wall(2018, 5, 20, 19))
    with db.writing(), clock.frozen(LONG_BEFORE):
        change_form(the_event(house), FormFacts())
    for number in range(5):
        one_registers(house, number)
    found: list[int] = []

    def planned(event: Event) -> PlannedChange:
        moments = moments_of(event, when) if change == "moved" else {}
        return PlannedChange(house.id, f"event:{event.uid}", change, moments, is_off=change == "cancelled")

    def make(event: Event) -> None:
        if change == "moved":
            events.move(event, when, {})
        else:
            events.cancel(event, {})

    def campaigner() -> None:
        started.wait(30)
        found.append(pressed(planned, make, house))

    started = threading.Event()
    press = threading.Thread(target=campaigner)
    press.start()
    with ThreadPoolExecutor(THREADS) as threads:
        acts = [threads.submit(one_registers, house, number) for number in range(5, PEOPLE)]
        acts += [threads.submit(one_leaves, house, number) for number in range(8)]
        started.set()
        for act in acts:
            act.result()
    press.join(60)
    news = ("events/moved",) if change == "moved" else ("events/cancelled", "events/cancelled_pending")
    assert found == [sum(map(told, news))]
    with db.reading():
        states = set(session.scalars(select(Registration.state)))
    still = RegistrationState.REGISTERED if change == "moved" else RegistrationState.EVENT_CANCELLED
    assert states <= {still, RegistrationState.LEFT}
