"""The door page on a phone: a picture of a ticket read by the camera, typed codes, and hours without a network."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from mobilize.core import clock, db, tokens
from mobilize.core.db import session
from mobilize.core.when import timed
from mobilize.delivery.mime.codes import drawn
from mobilize.events.door.purposes import DOOR
from mobilize.events.door.service import make_link, revoke_link
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations import service
from mobilize.events.registrations.asking import Place
from mobilize.events.registrations.models import DoorLink, DoorScan, Registration
from mobilize.events.registrations.ticket_rules import shown, spelled
from mobilize.events.registrations.tickets import known_ticket
from mobilize.events.service import Facts, create_event, publish
from mobilize.organisations.queries import brand
from tests.browser import axe
from tests.browser.chromium import PHONE, Visitor, visitor
from tests.browser.mailbox import until
from tests.browser.serving import served
from tests.factories import make_organisation

pytestmark = pytest.mark.browser

CAMERA = """navigator.mediaDevices.getUserMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const [drawn, ticket] = [canvas.getContext("2d"), new Image()];
  ticket.src = "data:image/png;base64,PICTURE";
  await ticket.decode();
  setInterval(() => {
    drawn.fillStyle = "#ccc";
    drawn.fillRect(0, 0, 640, 480);
    drawn.drawImage(ticket, 170, 90, 300, 300);
  }, 50);
  return canvas.captureStream(20);
};"""
"""A camera before which somebody holds a ticket."""


@dataclass(frozen=True)
class Evening:
    """An event with three people in the room, of whom the last cancelled."""

    door: str
    codes: list[str]


@pytest.fixture
def evening(site: str) -> Evening:
    return an_evening()


def an_evening() -> Evening:
    with db.writing():
        house = brand(make_organisation(slug="centre").id)
        start = clock.now().replace(tzinfo=None, second=0, microsecond=0) + timedelta(hours=1)
        event = create_event(house.id, "evening", Facts(titles={"en": "An evening"}), timed("UTC", start))
        publish(event)
        service.change_form(event, service.FormFacts())
        for name in ("Amina", "Bela", "Chris"):
            place = Place(name, "Example", Attendance.VENUE, "")
            service.confirm(service.ask(event, house, f"{name.lower()}@example.org", "en", place))
        rows = session.scalars(select(Registration).order_by(Registration.id)).all()
        service.leave(rows[-1], event)
        path = f"/door/{tokens.mint(DOOR, make_link(event, 'Main entrance').id)}"
        return Evening(path, [known_ticket(row, event) for row in rows])


@pytest.fixture
def steward(browser: Browser, site: str, evening: Evening) -> Iterator[Visitor]:
    """Somebody with a phone, whose camera sees the first ticket."""
    with visitor(browser, site, width=PHONE) as found:
        shot = base64.b64encode(drawn(evening.codes[0])).decode()
        found.context.add_init_script(CAMERA.replace("PICTURE", shot))
        yield found


def scans() -> list[bool]:
    """Whether each stored scan still counts."""
    with db.reading():
        return [row.undone_at is None for row in session.scalars(select(DoorScan).order_by(DoorScan.id))]


def check(page: Page, code: str, words: str) -> None:
    page.get_by_label("Ticket code").fill(code)
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#door-answer")).to_contain_text(words)


def opened(steward: Visitor, evening: Evening) -> Page:
    """The page with its list on the phone."""
    page = steward.open(evening.door)
    wait_for(page, "Object.keys(localStorage).length > 0")
    return page


def wait_for(page: Page, condition: str) -> None:
    """Until a condition holds; the page's own policy refuses ``wait_for_function``."""
    until(lambda: page.evaluate(condition) or None, condition)


def test_the_camera_reads_a_ticket_and_the_press_is_taken_back(steward: Visitor, evening: Evening) -> None:
    """Without leaving the page, and without a complaint of the browser or of axe."""
    page = opened(steward, evening)
    assert axe.violations(page) == []
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("#door-answer")).to_contain_text("Amina E.")
    expect(page.locator("#door-count")).to_have_text("1 inside")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#door-answer")).to_contain_text("Taken back")
    expect(page.locator("#door-count")).to_have_text("0 inside")
    assert scans()[0] is False
    assert axe.violations(page) == []
    assert steward.complaints == []


def test_without_a_network_the_list_decides_and_everything_is_sent_once(steward: Visitor, evening: Evening) -> None:
    """Valid, used, cancelled, forged and no code; the same acts sent once more change nothing."""
    page = opened(steward, evening)
    steward.context.set_offline(True)
    check(page, evening.codes[1].lower(), "Bela E.")
    expect(page.locator("#door-state")).to_contain_text("Waiting to be sent: 1")
    check(page, evening.codes[1], "Used already")
    check(page, evening.codes[2], "Cancelled")
    check(page, shown(spelled(b"0123456789")), "Not a ticket of this organisation")
    check(page, "ABCD", "Not a ticket code")
    page.get_by_role("button", name="Count somebody without a ticket").click()
    expect(page.locator("#door-state")).to_contain_text("Waiting to be sent: 2")
    kept = page.evaluate("Object.entries(localStorage)")
    assert "Bela" not in str(kept)
    assert scans() == []
    steward.context.set_offline(False)
    expect(page.locator("#door-count")).to_have_text("2 inside")
    expect(page.locator("#door-state")).to_have_text("")
    assert scans() == [True, True]
    page.evaluate("kept => kept.forEach(([name, value]) => localStorage.setItem(name, value))", kept)
    page.reload()
    wait_for(page, "localStorage.getItem(Object.keys(localStorage).find(one => one.endsWith('acts'))) === '[]'")
    assert scans() == [True, True]
    assert [one for one in steward.complaints if "net::ERR_" not in one] == []


def test_the_page_opens_again_without_a_server(app: Flask, browser: Browser) -> None:
    """A phone drops pages of which nobody sees anything; the kept page and the list go on."""
    with ExitStack() as until_gone:
        base = until_gone.enter_context(served(app))
        evening = an_evening()
        with visitor(browser, base, width=PHONE) as steward:
            page = opened(steward, evening)
            wait_for(page, "caches.open('door').then(kept => kept.keys()).then(keys => keys.length >= 7)")
            until_gone.close()
            page.reload()
            check(page, evening.codes[0], "Amina E.")
            expect(page.locator("#door-state")).to_contain_text("Waiting to be sent: 1")
    assert scans() == []


def test_a_link_that_is_ended_takes_its_list_off_the_phone(steward: Visitor, evening: Evening) -> None:
    """As soon as the phone hears of it."""
    page = opened(steward, evening)
    with db.writing():
        row = session.get_one(DoorLink, tokens.read(DOOR, evening.door.rpartition("/")[2])[0])
        revoke_link(session.get_one(Event, row.event_id), row)
    page.get_by_label("Ticket code").fill(evening.codes[0])
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This door link has ended")
    assert page.evaluate("Object.keys(localStorage).length") == 0
    assert scans() == []
