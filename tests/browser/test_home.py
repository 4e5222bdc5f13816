"""The home page moves by itself while mail goes out, and then stands still."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from sqlalchemy import update

from mobilize.core import db
from mobilize.core.db import session
from mobilize.delivery.models import Delivery, DeliveryState, Message, MessageState
from mobilize.organisations.queries import organisation_by_slug
from tests.browser import axe
from tests.browser.chromium import PHONE, visitor
from tests.studio.rows import launch, make_mailing

pytestmark = pytest.mark.browser


def test_progress_follows_the_ledger_and_ends(browser: Browser, site: str, staff: str) -> None:
    """The bar moves without a reload; at the end the page no longer asks."""
    with db.writing():
        mailing = make_mailing(organisation_by_slug("city").id, name="Fortnight")
        message_id = launch(mailing, MessageState.SENDING, {DeliveryState.PENDING: 4}).id
    with visitor(browser, site) as reader:
        reader.sign_in(staff)
        page = reader.open("/studio/city/")
        page.get_by_text("0 of 4 delivered").wait_for()
        assert axe.violations(page) == []
        with db.writing():
            session.execute(update(Delivery).values(state=DeliveryState.ACCEPTED))
        page.get_by_text("4 of 4 delivered").wait_for()
        with db.writing():
            session.execute(update(Message).where(Message.id == message_id).values(state=MessageState.FINISHED))
        page.get_by_text("4 of 4 delivered").wait_for(state="detached")
        assert page.locator("[hx-trigger]").count() == 0
        assert reader.complaints == []


def test_the_bar_becomes_a_bottom_bar_on_a_phone(browser: Browser, site: str, staff: str) -> None:
    """The nouns stand within reach of the thumb; what is rarely used waits behind one button."""
    with visitor(browser, site, width=PHONE) as reader:
        reader.sign_in(staff)
        page = reader.open("/studio/city/")
        box = page.get_by_role("navigation", name="Main").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] == pytest.approx(844, abs=1)
        assert page.locator("button:visible", has_text="Log out").count() == 0
        page.locator("summary:visible").click()
        assert page.locator("button:visible", has_text="Log out").count() == 1
