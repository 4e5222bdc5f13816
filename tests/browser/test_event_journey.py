"""The way of an organiser and of a visitor: an event is made, published, registered for, moved and cancelled.

The organiser works at a desk in English, the visitor on a phone in French. Mail is read where it waits to be sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.i18n import _, using
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import brand
from tests.browser import axe
from tests.browser.chromium import PHONE, Visitor, visitor
from tests.crowd import make_list
from tests.signup.visiting import Mail, mails

pytestmark = pytest.mark.browser

ADDRESS = "wilhelmine.quetelet@example.net"
EVENT = "/city/events/lecture"
STUDIO = "/studio/city/calendar/lecture"
NEWS = ("events/moved", "events/cancelled")


@dataclass
class Journey:
    """Both of them, and what axe found on their pages."""

    organiser: Visitor
    reader: Visitor
    axe: list[str] = field(default_factory=list)

    def look(self, page: Page) -> str:
        """The page's title; axe looks at the page too."""
        self.axe += axe.violations(page)
        return page.locator("h1").inner_text().strip()


@pytest.fixture
def journey(browser: Browser, site: str, staff: str) -> Iterator[Journey]:
    with db.writing():
        house = session.scalars(select(Organisation).where(Organisation.slug == "city")).one()
        make_list(brand(house.id))
    with (
        visitor(browser, site) as organiser,
        visitor(browser, site, language="fr", width=PHONE) as reader,
    ):
        organiser.sign_in(staff)
        for one in (organiser, reader):
            one.context.set_default_timeout(20_000)
        yield Journey(organiser, reader)


def test_an_event_from_a_ready_made_set_to_its_cancellation(journey: Journey) -> None:
    """Each change is read as a list before it is pressed, and the visitor gets one mail of it in their language."""
    make_event(journey)
    choose_set(journey)
    publish(journey)
    register(journey)
    move(journey)
    cancel(journey)
    assert journey.axe == []
    assert journey.organiser.complaints == []
    assert journey.reader.complaints == []


def make_event(journey: Journey) -> None:
    """In two languages, a month from now."""
    page = journey.organiser.open("/studio/city/calendar/new")
    page.locator("[name=slug]").fill("lecture")
    page.locator("[name=first_day]").fill(day(30))
    page.locator("[name=start]").fill("19:00")
    page.locator("[name=end]").fill("21:00")
    page.get_by_label("At a place and online").check()
    page.locator("[name=stream_url]").fill("https://live.example.org/room")
    page.locator("[name=titles_en]").fill("A lecture")
    page.locator("[name=titles_fr]").fill("Une conférence")
    page.get_by_role("button", name="Make the event").click()
    expect(page.locator("h1")).to_have_text("A lecture")
    page.close()


def choose_set(journey: Journey) -> None:
    """Its rules are made switched off; then the room gets one seat."""
    page = journey.organiser.open(f"{STUDIO}/mail")
    page.get_by_role("button", name=re.compile("^Make these rules: At a place and online")).click()
    expect(page.get_by_role("table").first.get_by_role("row")).to_have_count(7)
    journey.look(page)
    page.goto(f"{journey.organiser.base}{STUDIO}/registrations/form")
    page.locator("[name=capacity]").fill("1")
    page.locator("main form button").last.click()
    page.wait_for_url(re.compile("/registrations$"))
    page.close()


def publish(journey: Journey) -> None:
    page = journey.organiser.open(STUDIO)
    page.get_by_role("button", name="Publish the event").click()
    expect(page.get_by_role("button", name="Move it…")).to_be_visible()
    page.close()


def register(journey: Journey) -> None:
    """On a phone in French: from the event's page to the confirmation, whose link opens their registration."""
    page = journey.reader.open(EVENT)
    assert journey.look(page) == "Une conférence"
    page.locator("main a[href*='/register']").click()
    page.locator("[name=attendance][value=venue]").check()
    page.locator("[name=email]").fill(ADDRESS)
    page.locator("[name=proof]:not([value=''])").wait_for(state="attached")
    assert fits(page)
    journey.look(page)
    page.locator("main form button").click()
    page.wait_for_url(re.compile("/sent"))
    (confirm,) = mails()
    assert (confirm.template, confirm.language) == ("events/confirm", "fr")
    page.goto(journey.reader.base + confirm.links["action_url"])
    page.locator("main form button").first.click()
    with using("fr"):
        expect(page.locator("h1")).to_have_text(_("You are registered"))
    journey.look(page)
    page.goto(journey.reader.base + mails()[-1].links["own_url"])
    assert fits(page)
    page.close()


def move(journey: Journey) -> None:
    """The list names who is told, in which language."""
    page = journey.organiser.open(f"{STUDIO}/becomes/moved")
    page.locator("[name=first_day]").fill(day(37))
    page.get_by_role("button", name="See what it does").click()
    expect(page.locator("main")).to_contain_text("1 person who is registered gets an email at once, in French")
    journey.look(page)
    page.get_by_role("button", name="Move it").click()
    expect(page.locator("main")).to_contain_text("This event has a new date.")
    page.close()
    page = journey.reader.open(EVENT)
    expect(page.locator(".callout").first).to_contain_text("nouvelle date")
    page.close()
    assert [mail.template for mail in news()] == ["events/moved"]


def cancel(journey: Journey) -> None:
    """With a reason in one language only, which has to be pressed twice."""
    page = journey.organiser.open(STUDIO)
    page.get_by_role("button", name="Cancel the event…").click()
    page.locator("[name=reasons_en]").fill("The speaker is ill.")
    page.get_by_role("button", name="Cancel the event").click()
    expect(page.locator("main")).to_contain_text("The reason is missing in some languages")
    page.get_by_role("button", name="Cancel the event").click()
    expect(page.locator("main")).to_contain_text("This event is cancelled.")
    journey.look(page)
    page.close()
    page = journey.reader.open(EVENT)
    expect(page.locator(".callout").first).to_contain_text("The speaker is ill.")
    assert page.locator("main a[href*='/register']").count() == 0
    page.close()
    assert [(mail.template, mail.language) for mail in news()] == [(name, "fr") for name in NEWS]


def news() -> list[Mail]:
    return [mail for mail in mails() if mail.template in NEWS]


def day(ahead: int) -> str:
    return (clock.now() + timedelta(days=ahead)).date().isoformat()


def fits(page: Page) -> bool:
    """Whether nothing of the page has to be scrolled to sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
