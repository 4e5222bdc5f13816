"""A mailing that several causes hold shows each with its button, for everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.delivery.models import DeliveryState, HoldCause, MessageHold, MessageState
from mobilize.organisations.queries import organisation_by_slug
from tests.browser import axe
from tests.browser.chromium import PHONE, visitor
from tests.studio.rows import launch, make_mailing

pytestmark = pytest.mark.browser


def test_every_cause_stands_with_what_ends_it(browser: Browser, site: str, staff: str) -> None:
    """Read and pressed without a mouse, also where the page runs from right to left."""
    with db.writing():
        mailing = make_mailing(organisation_by_slug("city").id, name="Fortnight")
        message = launch(mailing, MessageState.HALTED, {DeliveryState.PENDING: 4}, reason="550 5.7.1 no relay")
        for cause in (HoldCause.STAFF, HoldCause.SOURCE, HoldCause.GATE):
            reason = "The hall is not confirmed" if cause is HoldCause.GATE else ""
            session.add(MessageHold(message_id=message.id, cause=cause, reason=reason, since=clock.now()))
    for language in ("en", "ar"):
        with visitor(browser, site, language=language, width=PHONE) as reader:
            reader.sign_in(staff)
            page = reader.open(f"/studio/city/mailings/{mailing.uid}/send")
            assert page.locator("#live .callout").count() == 4
            assert page.locator("#live .callout button").count() == 3
            assert axe.violations(page) == []
