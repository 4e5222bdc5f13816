"""003, LeidenAsiaCentre: what SCENARIOS.md demands of the cancelled event, point by point, as mail and pages show it.

Played once, with real processes: that takes longer than other tests.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import icalendar
import pytest

from mobilize.demo.play import Play
from mobilize.demo.received import Mail
from mobilize.demo.scenarios.cancelled import AMINA, BRAM, CHRIS, DANA, REASONS, TOLD
from tests.delivery.calendar_mail import calendar_text, event_in

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CANCELLED_AT = datetime(2018, 5, 14, 15, tzinfo=AMSTERDAM)
APOLOGIES = ("events/cancelled", "events/cancelled_pending", "events/cancelled_waiting")


@pytest.fixture(scope="module")
def seen(played: Callable[[str], Play]) -> Play:
    return played("003")


def mails(seen: Play, *templates: str) -> dict[str, Mail]:
    """Of these templates, by recipient: one a person."""
    found = [mail for mail in seen.mails if mail.ledger.template in templates]
    assert len({mail.to for mail in found}) == len(found)
    return {mail.to: mail for mail in found}


def entry(mail: Mail) -> icalendar.Event:
    return event_in(mail.message)


def test_who_registers_confirms_by_mail_and_gets_an_entry(seen: Play):
    """Each in their language; the entry is that of the seed's evening."""
    assert {to: mail.ledger.language for to, mail in mails(seen, "events/confirm").items()} == {
        AMINA: "en",
        BRAM: "nl",
        CHRIS: "nl",
        DANA: "en",
    }
    registered = mails(seen, "events/registered")
    assert registered.keys() == {AMINA, BRAM}
    for mail in registered.values():
        assert b"METHOD:REQUEST" in calendar_text(mail.message)
        assert entry(mail)["DTSTART"].dt == datetime(2018, 5, 14, 19, tzinfo=AMSTERDAM)
        assert entry(mail)["DTEND"].dt == datetime(2018, 5, 14, 21, tzinfo=AMSTERDAM)


def test_reminders_left_a_week_and_a_day_before(seen: Play):
    """To those who are registered, each in their language; the page of the event has English only, so has its text."""
    at = {"A week before": 7, "A day before": 13}
    for name, day in at.items():
        reminded = [mail for mail in seen.mails if mail.ledger.name == name]
        assert sorted(mail.to for mail in reminded) == [AMINA, BRAM]
        assert all(mail.at.astimezone(AMSTERDAM).strftime("%d %H") == f"{day:02d} 10" for mail in reminded)


def test_what_was_planned_is_taken_back(seen: Play):
    """Neither the reminder of two hours before nor thanks reach anybody; the organiser saw that before the press."""
    assert {mail.ledger.name for mail in seen.mails} == {"", "A week before", "A day before"}
    assert "Two hours before, at the place" in seen.pages["what will happen"].words


def test_apologies_reach_registered_waiting_and_pending_people_in_their_language(seen: Play):
    """With the reason, at once."""
    apologies = mails(seen, *APOLOGIES)
    assert {to: mail.ledger.language for to, mail in apologies.items()} == {
        AMINA: "en",
        BRAM: "nl",
        CHRIS: "nl",
        DANA: "en",
    }
    assert apologies[DANA].ledger.template == "events/cancelled_waiting"
    assert apologies[CHRIS].ledger.template == "events/cancelled_pending"
    for to, mail in apologies.items():
        assert REASONS[mail.ledger.language] in " ".join((mail.parts.text or "").split()), to
        assert (mail.at - CANCELLED_AT).total_seconds() < 60


def test_apologies_come_first(seen: Play):
    """Nothing else leaves at or after the cancellation: neither before them nor afterwards."""
    assert {mail.ledger.template for mail in seen.mails if mail.at >= CANCELLED_AT} == set(APOLOGIES)


def test_entries_are_taken_back_from_calendars(seen: Play):
    """CANCEL with the same UID and a higher SEQUENCE; who waits or had not confirmed has no entry, and gets none."""
    before, after = mails(seen, "events/registered"), mails(seen, *APOLOGIES)
    for to in (AMINA, BRAM):
        assert b"METHOD:CANCEL" in calendar_text(after[to].message)
        assert entry(after[to])["UID"] == entry(before[to])["UID"]
        assert entry(after[to])["SEQUENCE"] > entry(before[to])["SEQUENCE"]
        assert entry(after[to])["STATUS"] == "CANCELLED"
    assert all(b"text/calendar" not in after[to].raw for to in (CHRIS, DANA))


def test_the_organiser_saw_whom_it_reaches_before_the_press(seen: Play):
    """The numbers are those of the mails that left."""
    words = seen.pages["what will happen"].words
    assert all(line in words for line in TOLD)


def test_the_page_has_a_banner_above_its_text(seen: Play):
    """In both languages, with the reason; the original text stays below it."""
    pages = {"en": ("cancelled in English", "cancelled"), "nl": ("cancelled in Dutch", "geannuleerd")}
    for language, (name, word) in pages.items():
        words = seen.pages[name].words
        assert word in words
        assert words.index(REASONS[language]) < words.index("Civil society space and critical voices")


def test_nobody_registers_any_more(seen: Play):
    """The form is closed, and the link that was mailed before confirms nothing."""
    closed, late = seen.pages["closed form"], seen.pages["late confirmation"]
    assert "Registration is closed." in closed.words
    assert 'name="email"' not in closed.html
    assert "geannuleerd" in late.words


def test_afterwards_the_page_says_that_it_is_over(seen: Play):
    """In the reader's language."""
    assert "De datum is voorbij." in seen.pages["over"].words
    assert "Its date is past." in seen.pages["over in English"].words


def test_each_mail_is_told_in_a_line(seen: Play):
    """Local time with its zone, audience, language, subject and reason."""
    line = mails(seen, *APOLOGIES)[BRAM].line("Europe/Amsterdam")
    assert line.startswith("Mon 14 May 2018 15:00 Europe/Amsterdam  registered <bram@example.org>  [nl]  ")
    assert line.endswith("(the organiser cancelled the event)")
    assert all(mail.reason and mail.audience for mail in seen.mails)
