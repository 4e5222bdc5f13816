"""From a sign-up form to a delivered, clicked and counted mailing, in Chromium; the way is walked once a process."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from mobilize.core.i18n import _, using
from tests.browser import journey
from tests.browser.chromium import visitor
from tests.browser.demonstration import Demonstration
from tests.browser.journey import Story
from tests.browser.pages import ORGANISATION

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


HASTE = """() => {
  const form = document.querySelector("form[data-challenge]");
  form.elements.email.value = "haste@example.net";
  for (const box of form.querySelectorAll("[name=lists]")) box.checked = true;
  form.elements.email.focus();
  form.requestSubmit();
}"""


def in_french(words: str) -> str:
    """What the catalogue says for an English text."""
    with using("fr"):
        return _(words)


def test_a_visitor_signs_up_in_french_with_one_press(story: Story) -> None:
    """The page's script answers the challenge, so no second press is asked for."""
    assert story.asked == in_french("Check your inbox")
    assert story.confirmed == in_french("You are subscribed")


def test_the_welcome_comes_in_french(story: Story) -> None:
    """It names what they will receive, and holds the ways to change that and to leave."""
    assert story.welcome is not None
    assert in_french("Unsubscribe") in story.welcome.text
    assert "Lettre d’information" in story.welcome.text
    assert story.welcome.links("/p/")
    assert story.welcome.links("/u/")


def test_the_visitor_gets_one_copy_in_french(story: Story) -> None:
    """Of two languages their own, with the name they gave, once although they are on three lists."""
    assert story.first is not None
    assert story.first.subject == journey.FIRST["fr"]
    assert f"Bonjour {journey.FIRST_NAME}," in story.first.text
    assert f"Bonjour {journey.FIRST_NAME}," in story.first.html
    assert story.reached[0].count(journey.ADDRESS) == 1


def test_the_link_leads_to_the_stored_address(story: Story) -> None:
    """A redirect to what the campaigner wrote, and nothing added to it."""
    assert story.redirect == (302, journey.TARGET)


def test_topics_change_through_a_fresh_link_only(story: Story) -> None:
    """The link of a newsletter, which people forward, shows neither address nor topics."""
    assert journey.ADDRESS not in story.footer
    assert journey.KEPT not in story.footer
    assert story.topics[journey.KEPT] is True
    assert story.topics[journey.DROPPED] is False


def test_leaving_takes_one_press(story: Story) -> None:
    """The page says that it is done."""
    assert story.farewell == in_french("You are unsubscribed")


def test_a_mail_program_unsubscribes_with_one_post(story: Story) -> None:
    """No cookie, no form token, no redirect (RFC 8058, section 3.1)."""
    assert story.one_click is not None
    assert story.one_click.status == 200
    assert "Set-Cookie" not in story.one_click.headers


def test_the_report_adds_up(story: Story) -> None:
    """Everyone was served, two left after it, one link was opened once."""
    assert story.report["Delivered"] == len(story.reached[0])
    assert story.report["Failed"] == 0
    assert story.report["Unsubscribed within a week"] == 2
    assert story.report["Clicks"] == 1
    assert story.clicks[journey.TARGET] == 1


def test_the_second_mailing_reaches_all_but_those_who_left(story: Story) -> None:
    """Nobody else is missing, nobody is served twice."""
    first, second = story.reached
    assert len(first) == len(set(first))
    assert sorted(second) == sorted(set(first) - {journey.ADDRESS, story.one_click_by})


def test_no_page_on_the_way_complains(story: Story) -> None:
    """Nothing for axe to report, no error on a console, no request that leaves the site."""
    assert story.axe == []
    assert story.complaints == []


def test_a_press_may_come_before_the_answer(place: Demonstration, browser: Browser) -> None:
    """Whoever is faster than the challenge's worker waits for it, and is then as far as everybody."""
    with visitor(browser, place.base) as reader:
        tab = reader.open(f"/{ORGANISATION}/subscribe")
        tab.evaluate(HASTE)
        tab.wait_for_url(re.compile("/sent"))
        assert reader.complaints == []
