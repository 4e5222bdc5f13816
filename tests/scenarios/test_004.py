"""004, the Brussels platform: what SCENARIOS.md demands of the annual conference, point by point.

Played once, with real processes: that takes longer than other tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import icalendar
import lxml.html
import pytest

from mobilize.demo import content
from mobilize.demo.play import Play
from mobilize.demo.readers import readers
from mobilize.demo.received import Mail
from mobilize.demo.scenarios.conference import (
    CAPTION,
    CIVIL,
    HEMICYCLE,
    HOURS_BEFORE,
    MODERATOR,
    MUNICIPAL,
    NOOR,
    ORG,
    RECAP,
    RECAP_IN_FRENCH,
    TEXTS,
)
from tests.delivery.calendar_mail import calendar_text, event_in

BRUSSELS = ZoneInfo("Europe/Brussels")
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def seen(played: Callable[[str], Play]) -> Play:
    return played("004")


def sent(seen: Play, name: str) -> dict[str, Mail]:
    """What a rule or a campaigner sent, by recipient: one a person."""
    found = [mail for mail in seen.mails if mail.ledger.name == name]
    assert len({mail.to for mail in found}) == len(found)
    return {mail.to: mail for mail in found}


def members(slug: str) -> set[str]:
    return {one.address for one in readers(content.organisation(ORG)) if slug in one.lists}


def words(mail: Mail) -> str:
    return " ".join((mail.parts.text or "").split())


def test_both_groups_are_invited_with_words_of_their_own(seen: Play):
    """Four weeks before the day; who is in both gets one, that of the municipal services."""
    municipal, civil = sent(seen, MUNICIPAL), sent(seen, CIVIL)
    assert municipal.keys() == members("municipal-services")
    assert civil.keys() == members("civil-society") - members("municipal-services")
    assert members("civil-society") & members("municipal-services")
    for name, mails in ((MUNICIPAL, municipal), (CIVIL, civil)):
        assert {mail.ledger.language for mail in mails.values()} == {"en", "fr", "nl"}
        assert all(TEXTS[name][mail.ledger.language] in words(mail) for mail in mails.values())
        assert {mail.at.astimezone(BRUSSELS).strftime("%d %b %H") for mail in mails.values()} == {"20 Oct 10"}


def test_an_invitation_shows_the_programme_with_speakers_and_rooms(seen: Play):
    """In the reader's language; names are those of the seed, the moderator is made up and says so."""
    mails = sent(seen, MUNICIPAL).values()
    english = words(next(mail for mail in mails if mail.ledger.language == "en"))
    for said in (
        "Pascal Smet, Brussels state secretary for development cooperation",
        "Commune of Anderlecht (Panellist)",
        f"{MODERATOR} (Moderator)",
        "Hemicycle",
        "Thursday 17 November 2022",
    ):
        assert said in english
    french = words(next(mail for mail in mails if mail.ledger.language == "fr"))
    assert "Pascal Smet, secrétaire d’État bruxellois à la Coopération au développement" in french
    assert "Commune d’Anderlecht" in french


def test_the_page_shows_sessions_speakers_and_roles(seen: Play):
    """And tells search engines the same; no session has a time, because none is known."""
    page = seen.pages["event in en"]
    for said in ("Hemicycle", f"{MODERATOR} (Moderator)", "City of Brussels (Panellist)"):
        assert said in page.words
    document = lxml.html.document_fromstring(page.html)
    assert document.xpath("//ol[@class='entries']//time") == []
    data = json.loads(document.xpath("//script[@type='application/ld+json']")[0].text)
    assert data["startDate"] == "2022-11-17"
    assert {"Pascal Smet", "Commune of Anderlecht", MODERATOR} <= {one["name"] for one in data["performer"]}


def test_a_picture_is_described_in_the_readers_language(seen: Play):
    """On the event's page; its caption is that of the seed, in English."""
    for language, text in HEMICYCLE.items():
        figure = lxml.html.document_fromstring(seen.pages[f"event in {language}"].html).xpath("//main//figure")[0]
        assert figure.find("img").get("alt") == text
        assert figure.findtext("figcaption") == CAPTION


def test_a_day_without_times_is_an_entry_for_the_whole_day(seen: Play):
    """VALUE=DATE, with an end that is not part of it where there is one (RFC 5545, 3.6.1)."""
    (mail,) = [one for one in seen.mails if one.ledger.template == "events/registered"]
    assert (mail.to, mail.ledger.language) == (NOOR, "fr")
    assert b"METHOD:REQUEST" in calendar_text(mail.message)
    entry = event_in(mail.message)
    assert entry["DTSTART"].dt == date(2022, 11, 17)
    assert "DTEND" not in entry or entry["DTEND"].dt == date(2022, 11, 18)


def test_an_hour_rule_has_nothing_to_count_from(seen: Play):
    """The page says so, and nothing was sent by it."""
    page = seen.pages["planned"].words
    assert "Only the day is known. Hours cannot be counted from it" in page
    assert HOURS_BEFORE in page
    assert sent(seen, HOURS_BEFORE) == {}


def test_the_recap_describes_its_picture_in_the_readers_language(seen: Play):
    """To the readers of the newsletter, the day after."""
    mails = sent(seen, RECAP)
    assert mails.keys() == members("newsletter")
    said = content.newsletter(ORG, {name: name for name in content.pictures(ORG)}, str)["languages"]
    for mail in mails.values():
        (alt,) = [block["alt"] for block in said[mail.ledger.language]["blocks"] if block["type"] == "image"]
        assert " ".join(alt.split()) in words(mail)
        assert [one.get("alt") for one in lxml.html.document_fromstring(mail.parts.html).iter("img")].count(alt) == 1


def test_the_platform_has_no_name_and_is_named_by_what_it_is(seen: Play):
    """Its own name is missing in the seed: the mail is from what it is called in the reader's language."""
    french = next(mail for mail in sent(seen, RECAP).values() if mail.ledger.language == "fr")
    # Python 3.11 keeps the space between two encoded words of a display name (RFC 2047, 6.2, says to drop it).
    sender = message_from_bytes(french.raw, policy=policy.compat32)["From"]
    assert "Plateforme bruxelloise pour la solidarité internationale" in str(make_header(decode_header(sender)))
    assert "Plateforme bruxelloise pour la solidarité internationale" in seen.pages["archive"].words


def test_anybody_reads_the_recap_in_the_archive(seen: Play):
    """Without a name or a link of one's own; the invitations to members are not there."""
    listed, page = seen.pages["archive"], seen.pages["archived recap"]
    assert RECAP_IN_FRENCH in listed.words
    assert "Invitation" not in listed.words
    assert "Bonjour à vous" in page.words
    assert not any(start in page.html for start in ("/u/", "/p/", "/l/"))


def test_feeds_have_the_recap_and_the_event(seen: Play):
    """Atom for what was sent, iCalendar for events."""
    feed = ElementTree.fromstring(seen.pages["feed"].html.encode())
    assert [one.findtext(f"{ATOM}title") for one in feed.findall(f"{ATOM}entry")] == [RECAP_IN_FRENCH]
    calendar = icalendar.Calendar.from_ical(seen.pages["calendar feed"].html)
    assert date(2022, 11, 17) in [one["DTSTART"].dt for one in calendar.walk("VEVENT")]


def test_afterwards_the_page_says_that_it_is_over(seen: Play):
    assert "Cet événement est terminé." in seen.pages["over"].words
