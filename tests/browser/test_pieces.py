"""Every piece of the interface, seen by everyone: two themes, two directions, two sizes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser import axe
from tests.browser.chromium import DESKTOP, PHONE, visitor

pytestmark = pytest.mark.browser
EVERYWHERE = pytest.mark.parametrize(
    ("language", "theme", "width"),
    [("en", "light", DESKTOP), ("en", "dark", PHONE), ("ar", "light", PHONE), ("ar", "dark", DESKTOP)],
)


@EVERYWHERE
def test_every_piece_can_be_used_by_everyone(
    browser: Browser, site: str, staff: str, language: str, theme: str, width: int
) -> None:
    """Nothing for axe to report, nothing that the page's own policy stops, nothing wider than the screen."""
    with visitor(browser, site, language=language, theme=theme, width=width) as reader:
        reader.sign_in(staff)
        page = reader.open("/studio/ui")
        assert axe.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert reader.complaints == []


def test_axe_finds_what_is_wrong(browser: Browser, site: str, staff: str) -> None:
    """The check itself works under the page's policy: a picture without words is reported."""
    with visitor(browser, site) as reader:
        reader.sign_in(staff)
        page = reader.open("/studio/ui")
        page.evaluate("document.querySelector('main').append(document.createElement('img'))")
        assert any(line.startswith("image-alt") for line in axe.violations(page))


def test_a_dialog_opens_and_closes(browser: Browser, site: str, staff: str) -> None:
    """The dialog holds the focus while it is open; its way out closes it."""
    with visitor(browser, site) as reader:
        reader.sign_in(staff)
        page = reader.open("/studio/ui")
        page.get_by_role("link", name="Open a dialog").click()
        dialog = page.get_by_role("dialog")
        assert dialog.is_visible()
        assert axe.violations(page) == []
        dialog.get_by_role("button", name="Go back").click()
        assert dialog.is_hidden()


def test_a_toast_can_be_closed(browser: Browser, site: str, staff: str) -> None:
    """A message stays until its reader closes it."""
    with visitor(browser, site) as reader:
        reader.sign_in(staff)
        page = reader.open("/studio/ui")
        message = page.get_by_text("Saved. Nobody has received it yet.")
        assert message.is_visible()
        page.get_by_role("button", name="Close this message").click()
        assert message.count() == 0
