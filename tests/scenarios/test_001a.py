"""001 (a), the City of Brussels: what SCENARIOS.md demands of an edition whose dates arrive later, point by point.

Played once, with real processes: that takes longer than other tests.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from mobilize.demo import content
from mobilize.demo.play import Play
from mobilize.demo.readers import readers
from mobilize.demo.received import Mail
from mobilize.demo.scenarios.fortnight import LINA, NEXT, ORG, RULES, WAITS
from tests.delivery.calendar_mail import calendar_text, event_in

BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.fixture(scope="module")
def seen(played: Callable[[str], Play]) -> Play:
    return played("001a")


def of_rule(seen: Play, name: str) -> dict[str, Mail]:
    """What a rule sent, by recipient: one a person."""
    found = [mail for mail in seen.mails if mail.ledger.name == name]
    assert len({mail.to for mail in found}) == len(found)
    return {mail.to: mail for mail in found}


def moments(mails: dict[str, Mail]) -> set[str]:
    return {mail.at.astimezone(BRUSSELS).strftime("%Y-%m-%d %H") for mail in mails.values()}


def test_what_has_no_date_waits_and_says_so(seen: Play):
    """Each rule by itself, and the list of them; two months of passes of the clock change nothing."""
    for name in RULES:
        assert "Waits for a date" in seen.pages[name].words
        assert WAITS in seen.pages[name].words
    for page in ("waiting", "still waiting"):
        assert seen.pages[page].words.count(WAITS) == len(RULES)


def test_nothing_is_sent_before_the_dates_are_known(seen: Play):
    """But what Lina asked for: she registered without a date, and got no calendar entry."""
    early = [mail for mail in seen.mails if mail.at.astimezone(BRUSSELS).date() < date(2024, 6, 3)]
    assert [(mail.to, mail.ledger.template) for mail in early] == [
        (LINA, "events/confirm"),
        (LINA, "events/registered"),
    ]
    assert all(b"text/calendar" not in mail.raw for mail in early)


def test_the_organiser_sees_what_the_dates_will_send(seen: Play):
    """Before the press: each rule with its date, and the one person who is registered."""
    words = seen.pages["what will happen"].words
    assert all(name in words for name in RULES)
    assert "Mon 9 Sep 2024, 10:00 (Brussels)" in words
    assert "1 person who is registered gets an email at once, in French" in words


def test_with_the_dates_the_mails_are_due_by_themselves(seen: Play):
    """Nobody switched anything on again."""
    words = seen.pages["dated"].words
    assert WAITS not in words
    assert "Mon 9 Sep 2024, 10:00 (Brussels)" in words
    due = {"A week before": "2024-09-30 10", "A day before": "2024-10-06 10", "Thank you": "2024-10-21 10"}
    for name, moment in due.items():
        mails = of_rule(seen, name)
        assert (mails.keys(), moments(mails)) == ({LINA}, {moment})


def test_the_readers_of_the_list_are_invited(seen: Play):
    """Each in their language, or in English where the event has none of theirs."""
    invited = of_rule(seen, "Invitation")
    assert invited.keys() == {
        one.address for one in readers(content.organisation(ORG)) if "solidarity-fortnight" in one.lists
    }
    assert moments(invited) == {"2024-09-09 10"}
    assert {mail.ledger.language for mail in invited.values()} == {"en", "fr", "nl"}


def test_who_had_registered_is_told_the_dates_once(seen: Play):
    """With an entry for the days, whose end is not part of it; a first date is no change of a date."""
    (mail,) = [one for one in seen.mails if one.ledger.template == "events/moved"]
    assert mail.to == LINA
    assert b"METHOD:REQUEST" in calendar_text(mail.message)
    entry = event_in(mail.message)
    assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (date(2024, 10, 7), date(2024, 10, 21))
    page = seen.pages["public page"].words
    assert "7–20 oct. 2024" in page
    assert "nouvelle date" not in page


def test_the_next_edition_sends_nothing(seen: Play):
    """It is a copy without dates and without rules; with dates of its own, nothing leaves a year later."""
    assert "2025" in seen.pages["next edition"].url
    assert "No email hangs on this event yet" in seen.pages["mail of the next edition"].words
    assert max(mail.at for mail in seen.mails).astimezone(BRUSSELS).date() == date(2024, 10, 21)
    assert NEXT in seen.pages["next edition"].url
