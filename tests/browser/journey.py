"""The way of one visitor, from a sign-up form to a second mailing that does not reach them, walked in a browser.

sign up in French -> confirm -> welcome -> a mailing in two languages -> click -> topics -> unsubscribe -> report
-> a second mailing. ``walk`` does it once and keeps what was seen; the tests judge that.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from mobilize.core.permissions import Role
from tests.browser import axe
from tests.browser.chromium import PHONE, Visitor, visitor
from tests.browser.client import Answer, Client
from tests.browser.demonstration import Demonstration
from tests.browser.mailbox import Mailbox, Received, until
from tests.browser.pages import ORGANISATION, STUDIO
from tests.browser.staging import account

ADDRESS = "wilhelmine.quetelet@example.net"
FIRST_NAME, LAST_NAME = "Wilhelmine-Zoë", "Quételet-Ruiz"
KEPT, DROPPED = "Appel à projets", "Quinzaine de la solidarité internationale"
TARGET = "https://brussels.example.org/quinzaine-2024.pdf"
FIRST = {"en": "The Fortnight begins", "fr": "La Quinzaine commence"}
SECOND = {"en": "The Fortnight ends", "fr": "La Quinzaine se termine"}


@dataclass
class Story:
    """What was seen on the way. ``complaints`` is what no page may do; ``axe`` what no reader may meet."""

    asked: str = ""
    confirmed: str = ""
    welcome: Received | None = None
    first: Received | None = None
    redirect: tuple[int, str] = (0, "")
    footer: str = ""
    topics: dict[str, bool] = field(default_factory=dict)
    farewell: str = ""
    one_click_by: str = ""
    one_click: Answer | None = None
    report: dict[str, int] = field(default_factory=dict)
    clicks: dict[str, int] = field(default_factory=dict)
    reached: tuple[list[str], list[str]] = ([], [])
    complaints: list[str] = field(default_factory=list)
    axe: list[str] = field(default_factory=list)


def walk(place: Demonstration, browser: Browser) -> Story:
    """All of it, in order."""
    story, mailbox = Story(), Mailbox(place.base)
    with (
        visitor(browser, place.base, language="fr", width=PHONE) as reader,
        visitor(browser, place.base) as campaigner,
    ):
        _subscribe(reader, mailbox, story)
        report = _send(campaigner, _signed_in(campaigner, place), FIRST, story)
        _read(reader, mailbox, story)
        _change_topics(reader, mailbox, story)
        _leave(reader, mailbox, story)
        _leave_by_one_click(place, mailbox, story)
        _look_at_report(campaigner, report, story)
        _send(campaigner, campaigner.open(f"{STUDIO}mailings/"), SECOND, story)
        story.reached = (_everyone(mailbox, FIRST), _everyone(mailbox, SECOND))
        story.complaints = reader.complaints + campaigner.complaints
    return story


def content_file(subjects: dict[str, str]) -> str:
    """A mailing with a greeting and one link, as a campaigner writes it."""
    greeting = {"en": "Dear {{first_name|friend}},", "fr": "Bonjour {{first_name|à vous}},"}
    versions = {
        language: {
            "subject": subject,
            "preheader": "",
            "blocks": [
                {"type": "heading", "text": subject},
                {"type": "text", "markdown": f"{greeting[language]}\n\n{subject}."},
                {"type": "button", "text": "PDF", "url": TARGET},
            ],
        }
        for language, subject in subjects.items()
    }
    return json.dumps({"name": subjects["en"], "languages": versions}, ensure_ascii=False)


def _subscribe(reader: Visitor, mailbox: Mailbox, story: Story) -> None:
    tab = reader.open(f"/{ORGANISATION}/subscribe")
    tab.get_by_label("Lettre d’information", exact=True).check()
    tab.get_by_label(DROPPED, exact=True).check()
    tab.get_by_label(KEPT, exact=True).check()
    tab.locator("[name=email]").fill(ADDRESS)
    tab.locator("[name=first_name]").fill(FIRST_NAME)
    tab.locator("[name=proof]:not([value=''])").wait_for(state="attached")
    tab.locator("main form button").click()
    tab.wait_for_url(re.compile("/sent"))
    story.asked = _heading(tab, story)
    mail = mailbox.wait_for(ADDRESS, "/c/")
    tab = _from_inbox(reader, mail, mail.links("/c/")[0])
    tab.locator("main form button").click()
    tab.locator(".callout.tone-done").wait_for()
    story.confirmed = _heading(tab, story)
    tab.close()
    story.welcome = mailbox.wait_for(ADDRESS, "/u/")


def _from_inbox(reader: Visitor, mail: Received, link: str) -> Tab:
    """Open the inbox, the mail, and a link in the mail as it is shown there."""
    tab = reader.open(f"/inbox/?to={ADDRESS}")
    tab.locator(f"main tbody a[href='/inbox/{mail.id}/']").click()
    frame = tab.frame_locator("main iframe")
    with tab.expect_popup() as opened:
        frame.locator(f"a[href='{link}']").first.click()
    tab.close()
    return reader.watch(opened.value)


def _signed_in(campaigner: Visitor, place: Demonstration) -> Tab:
    """At the list of mailings, with the password that the service printed."""
    who = account(place.settings, ORGANISATION, Role.CAMPAIGNER).address
    tab = campaigner.open("/studio/login")
    tab.locator("[name=email]").fill(who)
    tab.locator("[name=password]").fill(place.printed_password(who))
    tab.get_by_role("button", name="Log in").click()
    tab.get_by_role("navigation", name="Main").get_by_role("link", name="Mailings").click()
    return tab


def _send(campaigner: Visitor, tab: Tab, subjects: dict[str, str], story: Story) -> str:
    """Write a mailing, check it, send it, wait until all are served; the address of its report."""
    tab.get_by_role("link", name="Write a mailing").first.click()
    tab.get_by_label(re.compile("^Newsletter:")).check()
    tab.get_by_text("Begin with a content file instead").click()
    closed = tab.locator("details:not([open]):has([name=content]) > summary")
    if closed.count():
        closed.click()
    tab.locator("textarea[name=content]").fill(content_file(subjects))
    tab.get_by_role("button", name="Continue").click()
    tab.frame_locator("iframe").get_by_role("heading", name=subjects["en"]).wait_for()
    tab.locator(".steps [value$='/check']").click()
    tab.get_by_role("link", name="Go to sending").click()
    tab.get_by_label("Wait one minute before sending").uncheck()
    tab.get_by_role("button", name=re.compile("^Send to ")).click()
    tab.locator("#live:not([hx-trigger])").wait_for()
    _heading(tab, story)
    report = tab.url.replace("/send", "/report")
    tab.close()
    return report


def _read(reader: Visitor, mailbox: Mailbox, story: Story) -> None:
    """The newest mail with an ordinary link; where the link leads, without going there."""
    story.first = mail = mailbox.wait_for(ADDRESS, "/l/")
    answer = reader.context.request.get(mail.links("/l/")[0], max_redirects=0)
    story.redirect = (answer.status, answer.headers["location"])


def _change_topics(reader: Visitor, mailbox: Mailbox, story: Story) -> None:
    """The link in the newsletter shows nothing; the one that it has mailed does."""
    assert story.first is not None
    known = tuple(mailbox.all(ADDRESS))
    tab = _from_inbox(reader, story.first, story.first.links("/p/")[0])
    story.footer = tab.locator("main").inner_text()
    _heading(tab, story)
    tab.locator("button[name=press][value=mail]").click()
    tab.locator(".callout.tone-done").wait_for()
    tab.close()
    fresh = mailbox.wait_for(ADDRESS, "/p/", older=known)
    tab = _from_inbox(reader, fresh, fresh.links("/p/")[0])
    tab.get_by_label(DROPPED, exact=True).uncheck()
    tab.locator("[name=last_name]").fill(LAST_NAME)
    tab.locator("button[name=press][value=save]").click()
    tab.locator(".callout.tone-done").wait_for()
    _heading(tab, story)
    boxes = tab.locator("[name=topics]").all()
    story.topics = {
        tab.locator(f"label[for='{box.get_attribute('id')}']").inner_text(): box.is_checked() for box in boxes
    }
    tab.close()


def _leave(reader: Visitor, mailbox: Mailbox, story: Story) -> None:
    assert story.first is not None
    tab = _from_inbox(reader, story.first, story.first.links("/u/")[0])
    tab.locator("[name=what][value=all]").check()
    tab.locator("form:has([name=what]) button").click()
    tab.locator("[name=what]").first.wait_for(state="detached")
    story.farewell = _heading(tab, story)
    tab.close()


def _leave_by_one_click(place: Demonstration, mailbox: Mailbox, story: Story) -> None:
    """What a mail program sends for another reader: no cookie, no form token, no redirect followed (RFC 8058)."""
    story.one_click_by = next(to for to in mailbox.recipients(FIRST["en"]) if to != ADDRESS)
    mail = next(one for one in mailbox.all(story.one_click_by) if one.subject == FIRST["en"])
    name, _equals, value = mail.message["List-Unsubscribe-Post"].partition("=")
    story.one_click = Client(place.base, follow=False).post(mail.one_click, {name: value})


def _look_at_report(campaigner: Visitor, report: str, story: Story) -> None:
    """Once the tick has moved the clicks to the rows."""
    tab = campaigner.open(report.removeprefix(campaigner.base))
    until(lambda: _clicked(tab), "a click in the report")
    for one in tab.locator(".stats .stat").all():
        story.report[one.locator("dt").inner_text()] = int(one.locator("dd").inner_text())
    for row in tab.locator("tbody tr:has(.address)").all():
        story.clicks[row.locator(".address").inner_text()] = int(row.locator("td").last.inner_text())
    _heading(tab, story)
    tab.close()


def _clicked(tab: Tab) -> bool:
    tab.reload()
    return tab.locator(".stats .stat dd").last.inner_text() != "0"


def _everyone(mailbox: Mailbox, subjects: dict[str, str]) -> list[str]:
    return [to for subject in subjects.values() for to in mailbox.recipients(subject)]


def _heading(tab: Tab, story: Story) -> str:
    """The page's title; axe looks at the page too."""
    story.axe += axe.violations(tab)
    return tab.locator("h1").inner_text().strip()
