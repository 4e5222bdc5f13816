"""001c, City of Brussels: what SCENARIOS.md demands of an appeal for an adopted person, point by point.

Played once, with real processes: that takes longer than other tests.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mobilize.demo import content
from mobilize.demo.play import Play
from mobilize.demo.readers import readers
from mobilize.demo.received import Mail
from mobilize.demo.scenarios.adopted import (
    CHASER,
    LAST_CALL,
    LAST_DAY,
    LAUNCH,
    NEWS,
    ORG,
    PERSON,
    SOFIE,
    TITLES,
)

BRUSSELS = ZoneInfo("Europe/Brussels")
RELEASED_AT = datetime(2021, 2, 10, 15, tzinfo=BRUSSELS)


@pytest.fixture(scope="module")
def seen(played: Callable[[str], Play]) -> Play:
    return played("001c")


def sent(seen: Play, name: str) -> dict[str, Mail]:
    """What a rule sent, by recipient: one a person."""
    return by_person([mail for mail in seen.mails if mail.ledger.name == name])


def service_mail(seen: Play, template: str) -> dict[str, Mail]:
    return by_person([mail for mail in seen.mails if mail.ledger.template == template])


def by_person(mails: list[Mail]) -> dict[str, Mail]:
    found = {mail.to: mail for mail in mails}
    assert len(found) == len(mails)
    return found


def followers() -> dict[str, str]:
    """Whoever is on the list of the adopted people: their language by address."""
    return {one.address: one.language for one in readers(content.organisation(ORG)) if "adopted-people" in one.lists}


def signers(seen: Play) -> list[str]:
    """Who signed from the mail, in the order in which they did."""
    first, second, *_others = sorted(sent(seen, LAUNCH))
    return [first, second, min(sent(seen, CHASER))]


def local(mail: Mail) -> str:
    return mail.at.astimezone(BRUSSELS).strftime("%Y-%m-%d %H")


def words(mail: Mail) -> str:
    return " ".join((mail.parts.text or "").split())


def test_the_appeal_has_a_number_and_was_approved_by_a_second_person(seen: Play):
    """It is the fourth of that year: the demonstration has three."""
    assert "UA 4/2021" in seen.pages["published"].words


def test_the_appeal_reaches_the_followers_in_their_language(seen: Play):
    """It is written in English and French; others get the organisation's default language. Each has their own link."""
    launched = sent(seen, LAUNCH)
    assert launched.keys() == followers().keys()
    for to, mail in launched.items():
        language = followers()[to]
        assert mail.ledger.language == (language if language in TITLES else "en")
        assert TITLES[mail.ledger.language] in words(mail)
    assert len({mail.link("/a/") for mail in launched.values()}) == len(launched)


def test_a_link_recognises_its_reader_and_shows_nothing_of_them(seen: Play):
    page = seen.pages["recognised"].words
    reader = signers(seen)[0]
    assert TITLES["en"] in page or TITLES["fr"] in page
    assert reader not in page
    assert reader.partition("@")[0] not in page


def test_a_strangers_act_waits_for_their_confirmation(seen: Play):
    assert service_mail(seen, "actions/confirm").keys() == {SOFIE}


def test_a_week_later_those_who_have_not_acted_are_reminded(seen: Play):
    reminded = sent(seen, CHASER)
    assert reminded.keys() == followers().keys() - set(signers(seen)[:2])
    assert {local(mail) for mail in reminded.values()} == {"2021-01-25 10"}


def test_the_last_call_leaves_out_whoever_acted_since(seen: Play):
    called = sent(seen, LAST_CALL)
    assert called.keys() == followers().keys() - set(signers(seen))
    assert {local(mail) for mail in called.values()} == {"2021-02-09 10"}


def test_the_organiser_saw_what_the_release_does_before_the_press(seen: Play):
    """The planned mail of the last day is not sent, and four people are told."""
    shown = seen.pages["what will happen"].words
    assert LAST_DAY in shown
    told = len(service_mail(seen, "actions/outcome"))
    assert told == len(signers(seen)) + 1


def test_the_release_brings_the_news_to_those_who_acted_and_to_nobody_else(seen: Play):
    """Within a minute, in their language, whether they are on a list or not."""
    news = service_mail(seen, "actions/outcome")
    assert news.keys() == {*signers(seen), SOFIE}
    for to, mail in news.items():
        assert mail.at - RELEASED_AT < timedelta(minutes=1)
        assert NEWS[mail.ledger.language] in words(mail), to
    assert news[SOFIE].ledger.language == "fr"


def test_nobody_is_asked_any_more(seen: Play):
    """What was planned for the last day is revoked in the commit of the release."""
    assert sent(seen, LAST_DAY) == {}
    assert {mail.ledger.template for mail in seen.mails if mail.at >= RELEASED_AT} == {"actions/outcome"}


def test_pages_tell_how_it_ended_and_ask_nothing(seen: Play):
    """In both languages; the petition and a link that was mailed before say so kindly, and offer no button."""
    for language, text in NEWS.items():
        assert text in seen.pages[f"appeal in {language}"].words
    for name in ("petition", "late link"):
        page = seen.pages[name]
        assert PERSON in page.words
        assert 'name="initials"' not in page.html
        assert "Sign the petition" not in page.words
