"""Every page, for everyone: two languages that run in two directions, two themes, two sizes; and without scripts."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product

import pytest
from playwright.sync_api import Browser
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map

from mobilize.app import create_app
from mobilize.core import crypto, db
from mobilize.core.settings import Settings
from mobilize.visitors.second_press import PRESS_AFTER
from tests.browser import axe, staging
from tests.browser.chromium import DESKTOP, HEIGHTS, PHONE, Visitor, visitor
from tests.browser.demonstration import Demonstration
from tests.browser.mailbox import Mailbox, until
from tests.browser.pages import ORGANISATION, PAGES, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

LOOKS = {
    "en": (("dark", PHONE), ("light", DESKTOP)),
    "ar": (("light", DESKTOP), ("dark", PHONE)),
}
"""The last of each language is the one that axe reads: each theme, width and direction once."""
QUIET_READER = "quiet@example.net"
# Beside PAGES, whatever answers a GET (tests/test_in_step.py).
NO_PAGES = {
    "brand.sheet": "a style sheet",
    "delivery_public.follow": "a redirect",
    "door.worker": "a script",
    "fields.answered_file": "a file",
    "health.healthz": "for programs",
    "health.prometheus": "for programs",
    "health.readyz": "for programs",
    "inbox.html": "a mail inside the page of the mail",
    "inbox.messages": "for programs",
    "inbox.part": "a file",
    "inbox.raw": "a file",
    "mailings.count_audience": "a part of the page of the audience",
    "mailings.download": "a file",
    "mailings.preview": "a mail inside the page of its content",
    "mailings.show": "a redirect",
    "media.show": "a picture",
    "outgoing_feed.feed": "a file",
    "preferences.own_file": "a file",
    "public_archive.feed": "a file",
    "public_archive.show": "a mail, as it was received",
    "public_events.feed": "a file",
    "public_events.file": "a file",
    "segments.count": "a part of the page of a segment",
    "sending.progress": "a part of the page of sending",
    "static": "files",
    "studio.live": "a part of the home page",
    "unclear.file": "a file",
}


@pytest.fixture(scope="module")
def readers(place: Demonstration, browser: Browser) -> Iterator[dict[tuple[str, bool], Visitor]]:
    """By language, a stranger and the organisation's owner."""
    with ExitStack() as contexts:
        found = {}
        for language, is_staff in product(LOOKS, (False, True)):
            found[language, is_staff] = contexts.enter_context(visitor(browser, place.base, language=language))
        for language in LOOKS:
            place.sign_in(found[language, True], ORGANISATION)
        yield found


@pytest.mark.parametrize("language", LOOKS)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_everyone_can_use_it(readers: dict[tuple[str, bool], Visitor], routes: Map, page: Page, language: str) -> None:
    """Nothing for axe (WCAG 2.2 AA), nothing on the console, nothing off the site, nothing wider than the screen."""
    reader = readers[language, page.staff]
    reader.complaints.clear()
    tab = reader.reach(page)
    assert tab is not None, "a link on the way is not there"
    assert endpoint_of(routes, tab.url) == page.endpoint
    assert tab.evaluate("document.documentElement.lang") == language
    for theme, width in LOOKS[language]:
        tab.emulate_media(color_scheme=theme)
        tab.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, (theme, width)
    assert axe.violations(tab) == [], (theme, width)
    tab.close()
    assert [line for line in reader.complaints if not is_the_answer(line, page)] == []


@pytest.fixture(scope="module")
def routes(template: Settings) -> Map:
    """Every address of the application."""
    found = create_app(template).url_map
    db.disconnect()
    crypto.use(None)
    return found


def test_a_subscription_from_beginning_to_end_without_scripts(place: Demonstration, browser: Browser) -> None:
    """Sign up with one press more, confirm, change topics, leave: a form and a button each."""
    mailbox = Mailbox(place.base)
    with visitor(browser, place.base, scripts=False, width=PHONE) as reader:
        tab = reader.open(f"/{ORGANISATION}/subscribe")
        tab.get_by_label(staging.QUIET_LIST, exact=True).check()
        tab.locator("[name=email]").fill(QUIET_READER)
        tab.locator("main form button").click()
        shown_at = int(tab.locator("[name=press]").input_value().partition(".")[0])
        until(lambda: time.time() > shown_at + PRESS_AFTER, "the moment from which a press counts")
        tab.locator("main form button").click()
        tab.wait_for_url(re.compile("/sent"))
        tab.goto(mailbox.wait_for(QUIET_READER, "/c/").links("/c/")[0])
        tab.locator("main form button").click()
        assert tab.locator("h1").inner_text() == "You are subscribed"
        welcome = mailbox.wait_for(QUIET_READER, "/u/")
        tab.goto(welcome.links("/p/")[0])
        tab.get_by_label("Newsletter", exact=True).check()
        tab.locator("button[name=press][value=save]").click()
        assert "saved=yes" in tab.url
        assert tab.get_by_label("Newsletter", exact=True).is_checked()
        tab.goto(welcome.links("/u/")[0])
        tab.locator("[name=what][value=all]").check()
        tab.locator("form:has([name=what]) button").click()
        assert tab.locator("h1").inner_text() == "You are unsubscribed"
        assert reader.complaints == []


@pytest.mark.parametrize("page", [page for page in PAGES if not page.staff], ids=lambda page: page.name)
def test_public_pages_say_the_same_without_scripts(
    place: Demonstration, browser: Browser, page: Page, readers: dict[tuple[str, bool], Visitor]
) -> None:
    """No word and no button waits for a script."""
    with visitor(browser, place.base, scripts=False) as reader:
        silent, speaking = reader.reach(page), readers["en", False].reach(page)
        assert silent is not None
        assert speaking is not None
        assert words(silent.locator("main").inner_text()) == words(speaking.locator("main").inner_text())
        silent.close()
        speaking.close()


def endpoint_of(routes: Map, url: str) -> str:
    """What answers an address; empty for an organisation that is not there or a path that nothing answers."""
    path = "/" + url.split("?")[0].split("/", 3)[3]
    try:
        endpoint: str = routes.bind("localhost").match(path)[0]
    except NotFound:
        return ""
    return endpoint


def is_the_answer(line: str, page: Page) -> bool:
    """Chromium notes on the console that a page which is meant to say "not found" is an error."""
    return page.name in {"not-found", "confirm-expired"} and "status of 404" in line


def words(text: str) -> str:
    """Without the numbers that count mails, and without moments."""
    return re.sub(r"\s+", " ", re.sub(r"\d+", "0", text))
