"""000, Kazerne Dossin: what SCENARIOS.md demands of the hybrid launch, point by point, as the mails show it.

Played once, with real processes: that takes longer than other tests.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from mobilize.demo.play import Play
from mobilize.demo.received import Mail
from mobilize.demo.scenarios.launch_event import ELISE, FEMKE, GORAN, STREAM
from tests.delivery.calendar_mail import calendar_text

BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.fixture(scope="module")
def seen(played: Callable[[str], Play]) -> Play:
    return played("000")


def of_rule(seen: Play, name: str) -> dict[str, Mail]:
    """What a rule sent, by recipient: one a person."""
    found = [mail for mail in seen.mails if mail.ledger.name == name]
    assert len({mail.to for mail in found}) == len(found)
    return {mail.to: mail for mail in found}


def moments(mails: dict[str, Mail]) -> set[str]:
    return {mail.at.astimezone(BRUSSELS).strftime("%d %b %H") for mail in mails.values()}


def test_readers_of_the_newsletter_are_invited(seen: Play):
    """Four weeks before, each in their language, with a way to register and to leave the list."""
    invited = of_rule(seen, "Invitation")
    assert len(invited) > 100
    assert moments(invited) == {"29 Jan 10"}
    assert {mail.ledger.language for mail in invited.values()} == {"en", "fr", "nl"}
    assert all(mail.message["List-Unsubscribe"] for mail in invited.values())


def test_the_room_is_full_and_the_stream_is_not(seen: Play):
    """One seat: Elise has it, Femke needs none, Goran waits for one."""
    confirmed = {mail.to for mail in seen.mails if mail.ledger.template == "events/registered"}
    assert confirmed == {ELISE, FEMKE}
    assert GORAN in {mail.to for mail in seen.mails if mail.ledger.template == "events/waiting"}


def test_a_confirmation_brings_an_entry_without_the_link(seen: Play):
    for mail in seen.mails:
        if mail.ledger.template == "events/registered":
            assert b"METHOD:REQUEST" in calendar_text(mail.message)
            assert STREAM.encode() not in mail.raw.replace(b"=\r\n", b"")


@pytest.mark.parametrize(("name", "at"), [("A week before", "19 Feb 10"), ("A day before", "25 Feb 10")])
def test_reminders_reach_both(seen: Play, name: str, at: str):
    """Who comes and who takes part online; not who waits."""
    reminded = of_rule(seen, name)
    assert reminded.keys() == {ELISE, FEMKE}
    assert moments(reminded) == {at}


def test_only_those_online_get_the_link_of_the_stream(seen: Play):
    """Two hours before, by rules of their own: no other mail of the whole scenario holds it."""
    assert of_rule(seen, "Two hours before, at the place").keys() == {ELISE}
    online = of_rule(seen, "Two hours before, online")
    assert online.keys() == {FEMKE}
    assert moments(online) == {"26 Feb 13"}
    # The address stands in the text part as it is typed; markup escapes and folds it.
    having = {mail.to for mail in seen.mails if "stream.example.org/launch" in (mail.parts.text or "")}
    assert having == {FEMKE}


def test_everybody_who_was_registered_is_thanked(seen: Play):
    """The day after."""
    thanked = of_rule(seen, "Thank you")
    assert thanked.keys() == {ELISE, FEMKE}
    assert moments(thanked) == {"27 Feb 10"}
