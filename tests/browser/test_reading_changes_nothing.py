"""GET and HEAD on every link of every mail and page, twice and in any order, change nothing and spoil no token."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from mobilize.core.permissions import Role
from tests.browser import crawl, staging
from tests.browser.chromium import Visitor, visitor
from tests.browser.client import Client
from tests.browser.demonstration import Demonstration
from tests.browser.mailbox import Mailbox, Received, until
from tests.browser.pages import ORGANISATION, STUDIO
from tests.browser.traces import database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

UNDECIDED, NEWCOMER = "undecided@example.net", "newcomer@example.net"
NOT_BY_ITSELF = re.compile(r"^/(l|static)/|/preview/|/html$")
PASSWORD = "four words that nobody said before"
PUBLIC = ("/", f"/{ORGANISATION}/", "/inbox/", "/studio/login", "/healthz", "/readyz")


@dataclass
class Mails:
    """One mail of each kind, none of its buttons pressed yet."""

    confirm: Received
    already: Received
    welcome: Received
    preferences: Received
    newsletter: Received
    invitation: Received
    reset: Received

    def links(self, base: str) -> list[str]:
        """Every address in any of them that leads to the service."""
        mails: list[Received] = list(vars(self).values())
        return [link for mail in mails for link in mail.parts.links if link.startswith(f"{base}/")]


@dataclass
class Reading:
    """What was there before and after everything was read; ``order`` repeats the run."""

    order: int
    before: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)
    after: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)
    followed: int = 0
    counted: int = 0
    answers: dict[tuple[Client, str], set[tuple[str, int]]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def mails(place: Demonstration) -> Mails:
    """Asked for as people do."""
    base, box = place.base, Mailbox(place.base)
    viewer = staging.account(place.settings, ORGANISATION, Role.VIEWER)
    staging.sign_up(base, ORGANISATION, UNDECIDED, "Noor")
    staging.invite(base, staging.account(place.settings, ORGANISATION), NEWCOMER)
    staging.forgotten(base, viewer.address)
    newsletter = until(lambda: newest_newsletter(box), "a newsletter")
    staging.ask_for_link(base, newsletter.links("/p/")[0])
    known = tuple(box.all(staging.CONFIRMED))
    staging.sign_up(base, ORGANISATION, staging.CONFIRMED, "Jonas", lists=[staging.QUIET_LIST])
    return Mails(
        confirm=box.wait_for(UNDECIDED, "/c/"),
        already=box.wait_for(staging.CONFIRMED, "/p/", older=known),
        welcome=box.wait_for(staging.CONFIRMED, "/u/"),
        preferences=box.wait_for(newsletter.to, "/p/", older=(newsletter,)),
        newsletter=newsletter,
        invitation=box.wait_for(NEWCOMER, "/studio/invitation/"),
        reset=box.wait_for(viewer.address, "/studio/reset/"),
    )


def newest_newsletter(box: Mailbox) -> Received | None:
    """The last copy that a reader of the demonstration got, with no other mail to them after it."""
    for entry in box.entries():
        if entry["to"][0].endswith(f"@{ORGANISATION}.example.org"):
            newest = box.all(entry["to"][0])[0]
            if newest.links("/l/"):
                return newest
    return None


@pytest.fixture(scope="module")
def reading(place: Demonstration, mails: Mails, browser: Browser) -> Reading:
    """Everything read, as a stranger and as the owner: first where addresses lead, then shuffled, then with scripts."""
    path, found = database(place.settings), Reading(order=random.randrange(2**32))
    owner = staging.account(place.settings, ORGANISATION)
    stranger, member = Client(place.base, follow=False), Client(place.base, follow=False)
    member.sign_in(owner.address, owner.password)
    with visitor(browser, place.base) as reader:
        place.sign_in(reader, ORGANISATION)
        until(lambda: crawl.is_at_rest(path), "the end of all sending")
        clicks = settled_clicks(place)
        found.before = crawl.rows(path)
        read_everything(place, mails, stranger, member, reader, found)
        found.counted = until(lambda: enough(crawl.clicks(path) - clicks, found.followed), "the clicks in their rows")
        found.after = crawl.rows(path)
        found.complaints = reader.complaints
    return found


def read_everything(
    place: Demonstration, mails: Mails, stranger: Client, member: Client, reader: Visitor, found: Reading
) -> None:
    """By following addresses, then shuffled, then in a browser."""
    everywhere = crawl.crawled(stranger, place.base, [*PUBLIC, *mails.links(place.base)])
    inside = crawl.crawled(member, place.base, [STUDIO, "/studio/", "/studio/account", *mails.links(place.base)])
    visits = [(stranger, url) for url in [*everywhere, *mails.links(place.base)]] + [(member, url) for url in inside]
    read_twice(visits, found)
    first = [answer for pages in (everywhere, inside) for answer in pages.values() if "/l/" in answer.url]
    found.followed += len(first)
    read_with_scripts(reader, sampled([*everywhere, *inside], found.order))


def settled_clicks(place: Demonstration) -> int:
    """The clicks so far, once a click of our own has come through: the tick moves them all together."""
    path = database(place.settings)
    before = crawl.clicks(path)
    newsletter = until(lambda: newest_newsletter(Mailbox(place.base)), "a newsletter")
    Client(place.base, follow=False).get(newsletter.links("/l/")[0])
    until(lambda: crawl.clicks(path) > before, "a click in its row")
    return crawl.clicks(path)


def read_twice(visits: list[tuple[Client, str]], found: Reading) -> None:
    """GET and HEAD each page twice, in an order that chance gives."""
    turns = [(client, url, method) for client, url in visits for method in ("GET", "HEAD", "GET", "HEAD")]
    random.Random(found.order).shuffle(turns)
    for client, url, method in turns:
        answer = client.get(url, method)
        found.answers.setdefault((client, url), set()).add((method, answer.status))
        found.followed += method == "GET" and "/l/" in url


def sampled(urls: list[str], order: int) -> list[str]:
    """For the browser: each kind of page behind a token, and some others.

    Ordinary links lead away from the site; a mail's HTML is a page only inside the frame that shows it.
    """
    kinds = {crawl.kind_of(url): url for url in urls if not NOT_BY_ITSELF.search(urlsplit(url).path)}
    behind_tokens = [url for kind, url in kinds.items() if "<token>" in kind]
    return behind_tokens + random.Random(order).sample([url for url in kinds.values() if url not in behind_tokens], 20)


def read_with_scripts(reader: Visitor, urls: list[str]) -> None:
    """The same in Chromium as the owner, page scripts running until they have nothing left to ask for."""
    tab = reader.watch(reader.context.new_page())
    for url in urls:
        if reader.context.request.head(url).headers.get("content-type", "").startswith("text/html"):
            tab.goto(url, wait_until="networkidle")


def enough(counted: int, expected: int) -> int | None:
    return counted if counted >= expected else None


def test_no_row_changes(reading: Reading) -> None:
    """Table by table the same, but for those that live by themselves and the aggregate clicks."""
    changed = {name for name in reading.before if reading.before[name] != reading.after[name]}
    assert changed == set(), f"order {reading.order}"


def test_a_visit_counts_once_and_a_head_never(reading: Reading) -> None:
    """Each GET of an ordinary link is one click, and nothing else is."""
    assert reading.counted == reading.followed


def test_no_page_leads_nowhere(reading: Reading) -> None:
    """Every address on a page or in a mail answers, the same way each time, and a HEAD as its GET would."""
    statuses = [(url, {status for _method, status in one}) for (_client, url), one in reading.answers.items()]
    wrong = {crawl.kind_of(url): found for url, found in statuses if len(found) > 1 or max(found) >= 400}
    assert wrong == {}


def test_every_kind_of_page_was_read(reading: Reading) -> None:
    """The crawl is not an empty one."""
    kinds = {crawl.kind_of(url) for _client, url in reading.answers}
    for kind in ("/c/<token>", "/p/<token>", "/u/<token>", "/l/<token>", "/studio/reset/<token>"):
        assert kind in kinds
    assert {f"{STUDIO}people/<uid>", f"{STUDIO}mailings/<uid>/report", "/studio/logout"} <= kinds


def test_no_script_complains(reading: Reading) -> None:
    """Nothing on a console, nothing off the site."""
    assert reading.complaints == []


def test_the_confirmation_still_confirms(place: Demonstration, reading: Reading, mails: Mails) -> None:
    """By its button."""
    client = Client(place.base)
    done = client.press(client.get(mails.confirm.links("/c/")[0]))
    assert done.title == "You are subscribed"


@pytest.fixture(scope="module")
def saved(place: Demonstration, reading: Reading, mails: Mails) -> list[str]:
    """Where saving led that was done by each mailed link to one's own page."""
    urls = []
    for mail in (mails.preferences, mails.already):
        client = Client(place.base)
        page = client.get(f"{mail.links('/p/')[0]}?lang=en")
        urls.append(client.press(page, "first_name", press="save").url)
    return urls


def test_the_preferences_still_save(saved: list[str]) -> None:
    """Both links: the one that was asked for, and the one for somebody who signed up again."""
    assert ["saved=yes" in url for url in saved] == [True, True]


def test_the_footer_still_mails_a_link(place: Demonstration, reading: Reading, mails: Mails) -> None:
    """From the newsletter."""
    assert "mailed=yes" in staging.ask_for_link(place.base, mails.newsletter.links("/p/")[0]).url


@pytest.mark.usefixtures("saved")
def test_the_way_out_still_leads_out(place: Demonstration, reading: Reading, mails: Mails) -> None:
    """By button for one person, by one POST for another (RFC 8058). It ends their mailed links, so those come first."""
    client = Client(place.base)
    page = client.get(f"{mails.newsletter.links('/u/')[0]}?lang=en")
    assert page.title == "Unsubscribe"
    assert "You are unsubscribed" in client.press(page, "what", what="all").title
    answer = Client(place.base, follow=False).post(mails.welcome.links("/u/")[0], {"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    assert Client(place.base).get(f"{mails.welcome.links('/u/')[0]}?lang=en").title == "You are unsubscribed"


def test_the_invitation_still_invites(place: Demonstration, reading: Reading, mails: Mails) -> None:
    """Its button opens the organisation."""
    client = Client(place.base)
    page = client.get(mails.invitation.links("/studio/invitation/")[0])
    assert client.press(page, "password", name="Noor", password=PASSWORD).url == f"{place.base}{STUDIO}"


def test_the_reset_still_resets(place: Demonstration, reading: Reading, mails: Mails) -> None:
    """The new password logs in."""
    client = Client(place.base)
    client.press(client.get(mails.reset.links("/studio/reset/")[0]), "password", password=PASSWORD)
    assert client.sign_in(mails.reset.to, PASSWORD).url.endswith(STUDIO)
