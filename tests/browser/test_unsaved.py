"""With scripts: every link of a form page either saves what was typed before it leads away, or the browser asks."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page

from mobilize.core import db
from mobilize.core.db import session
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import organisation_by_slug
from tests.browser import axe
from tests.browser.chromium import visitor
from tests.crowd import make_list
from tests.studio.rows import make_mailing

# Each link is followed in a page of its own, some ten a test: over five seconds.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

WORDS = {"en": {"subject": "Peace", "preheader": "", "blocks": [{"type": "heading", "text": "Peace", "level": 2}]}}
PAGES = {
    "audience": ("mailings/{uid}/audience", "name", True),
    "content": ("mailings/{uid}/content", "subject", True),
    "write": ("mailings/{uid}/write/en", "b0-text", True),
    "settings": ("settings/", "postal_addresses_en", True),
    "list": ("people/lists/newsletter", "names_en", True),
    "new": ("mailings/new", "title", False),
    "sender": ("settings/", "sender_names_en", False),
    "rates": ("settings/sending", "domain_rates", False),
    "account": ("../account", "name", False),
}
"""Path, a field, and whether its form is saved on the way; from the others the browser asks before it leaves."""
IN_PAGE = "main :is(a[href]:not([target], [download], [data-leave], [href^='#']), [name=then]):visible"
EVERYWHERE = f"{IN_PAGE}, header.side :is(a[href], [name=then]):visible"
"""The frame is the same on every page: its links are followed on one whose form is saved, and on one that asks."""


@pytest.mark.parametrize("name", PAGES)
def test_no_link_loses_what_was_typed(name: str, browser: Browser, site: str, staff: str) -> None:
    """Each link, step and tab is followed after something was typed: it is stored then, or still on the page."""
    path, field, is_saved = PAGES[name]
    address = made(path)
    with visitor(browser, site) as reader:
        reader.sign_in(staff)
        page = reader.open(address)
        assert axe.violations(page) == []
        wanted = EVERYWHERE if name in ("audience", "new") else IN_PAGE
        links = page.locator(wanted).count()
        assert links >= 1
        for number in range(links):
            typed, page = f"Typed {number}", reader.open(address)
            page.locator(f"[name='{field}']").first.fill(typed)
            assert follow(page, page.locator(wanted).nth(number)) is not is_saved
            if is_saved:
                page.goto(site + address)
            assert page.locator(f"[name='{field}']").first.input_value() == typed
            page.close()
        assert reader.complaints == []


def made(path: str) -> str:
    """The address of a page; the list and the mailing that it may be about exist."""
    with db.writing():
        house = session.get_one(Organisation, organisation_by_slug("city").id)
        make_list(house)
        mailing = make_mailing(house.id, name="Fortnight", content=WORDS)
        return f"/studio/city/{path}".format(uid=mailing.uid).replace("/city/../", "/")


def follow(page: Page, link: Locator) -> bool:
    """Press a link, and stay if the browser asks; whether it did."""
    before, asked = page.url, list[str]()

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    link.click()
    while page.url == before and not asked:
        page.wait_for_timeout(20)
    return asked == ["beforeunload"]
