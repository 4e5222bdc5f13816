"""Moments in relative words: by the event's local day, whatever the clocks do, in the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from mobilize.core.i18n import using
from mobilize.core.when import When, dated, timed, unknown
from mobilize.delivery.composing import moments
from mobilize.delivery.composing.composition import Composition, compose
from mobilize.delivery.composing.sources import Brand, Sender, Source
from mobilize.delivery.mime.message import StaticHeaders, compile_message

BRUSSELS = "Europe/Brussels"


def wall(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[arg-type,misc]


def at(*parts: int, zone: str = BRUSSELS) -> datetime:
    """The moment at which the clocks of a zone show this."""
    made = timed(zone, wall(*parts)).starts_at
    assert made is not None
    return made


LAUNCH = timed(BRUSSELS, wall(2024, 2, 26, 15))


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (at(2023, 12, 20, 9, 0), "on Monday 26 February 2024 at 15:00 (Brussels)"),
        (at(2024, 2, 24, 23, 59), "on Monday 26 February at 15:00 (Brussels)"),
        (at(2024, 2, 25, 0, 0), "tomorrow at 15:00 (Brussels)"),
        (at(2024, 2, 25, 23, 59), "tomorrow at 15:00 (Brussels)"),
        (at(2024, 2, 26, 0, 0), "today at 15:00 (Brussels)"),
        (at(2024, 2, 26, 8, 59), "today at 15:00 (Brussels)"),
        (at(2024, 2, 26, 13, 0), "today at 15:00 (Brussels), in 2 hours"),
        (at(2024, 2, 26, 13, 1), "today at 15:00 (Brussels), in 2 hours"),
        (at(2024, 2, 26, 14, 0), "today at 15:00 (Brussels), in 1 hour"),
        (at(2024, 2, 26, 14, 25), "today at 15:00 (Brussels), in 35 minutes"),
        (at(2024, 2, 26, 14, 59), "today at 15:00 (Brussels), in 1 minute"),
        (at(2024, 2, 26, 15, 0), "today at 15:00 (Brussels)"),
        (at(2024, 2, 27, 9, 0), "yesterday at 15:00 (Brussels)"),
        (at(2024, 2, 28, 9, 0), "on Monday 26 February at 15:00 (Brussels)"),
    ],
)
def test_a_time_is_told_by_the_local_day(now: datetime, words: str) -> None:
    assert moments.relative(LAUNCH, now) == words


def test_a_copy_after_midnight_says_today() -> None:
    """Two copies of one mail, a minute apart around midnight in Brussels (UTC is an hour behind)."""
    (slot,) = {moments.slot(moments.frozen(LAUNCH), "en")}
    told = [moments.words_for([slot], now)[slot] for now in (at(2024, 2, 25, 23, 59), at(2024, 2, 26, 0, 0))]
    assert told == ["tomorrow at 15:00 (Brussels)", "today at 15:00 (Brussels)"]


def test_midnight_may_be_soon_and_tomorrow() -> None:
    late = timed(BRUSSELS, wall(2024, 2, 27, 0, 30))
    assert moments.relative(late, at(2024, 2, 26, 22, 30)) == "tomorrow at 00:30 (Brussels), in 2 hours"


def test_it_is_the_events_day_not_utcs() -> None:
    """Late in the evening in UTC it is the event's day already in Auckland, and still the day before in Honolulu."""
    now = datetime(2024, 2, 25, 20, tzinfo=UTC)
    assert moments.relative(timed("Pacific/Auckland", wall(2024, 2, 26, 18)), now) == "today at 18:00 (Auckland)"
    assert moments.relative(timed("Pacific/Honolulu", wall(2024, 2, 26, 18)), now) == "tomorrow at 18:00 (Honolulu)"


@pytest.mark.parametrize(
    ("day", "hours"), [((2024, 3, 31), 23), ((2024, 10, 27), 25)], ids=["clocks go forward", "clocks go back"]
)
def test_days_of_23_and_25_hours_are_one_day(day: tuple[int, int, int], hours: int) -> None:
    """At the same clock time the day before it is "tomorrow", however many hours that is."""
    when = timed(BRUSSELS, wall(*day, 12))
    assert when.starts_at is not None
    before = at(*day[:2], day[2] - 1, 12, 0)
    assert when.starts_at - before == timedelta(hours=hours)
    assert moments.relative(when, before) == "tomorrow at 12:00 (Brussels)"
    assert moments.relative(when, before + timedelta(hours=12)) == "today at 12:00 (Brussels)"


def test_hours_to_come_are_real_ones() -> None:
    """From 01:30 to 04:30 on the night on which the clocks go forward two hours pass."""
    when = timed(BRUSSELS, wall(2024, 3, 31, 4, 30))
    assert moments.relative(when, at(2024, 3, 31, 1, 30)) == "today at 04:30 (Brussels), in 2 hours"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ((2022, 11, 10), "on Thursday 17 November"),
        ((2022, 11, 16), "tomorrow"),
        ((2022, 11, 17), "today"),
        ((2022, 11, 18), "yesterday"),
        ((2022, 11, 20), "on Thursday 17 November"),
    ],
)
def test_a_day_without_a_time_counts_no_hours(now: tuple[int, int, int], words: str) -> None:
    for hour in (0, 1, 23):
        assert moments.relative(dated(BRUSSELS, date(2022, 11, 17)), at(*now, hour)) == words


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ((2024, 11, 10), "from Monday 18 November to Sunday 1 December"),
        ((2024, 11, 17), "tomorrow, until Sunday 1 December"),
        ((2024, 11, 18), "now, until Sunday 1 December"),
        ((2024, 12, 1), "today, for the last day"),
        ((2024, 12, 2), "from Monday 18 November to Sunday 1 December"),
    ],
)
def test_several_days_go_on(now: tuple[int, int, int], words: str) -> None:
    fortnight = dated(BRUSSELS, date(2024, 11, 18), date(2024, 12, 1))
    assert moments.relative(fortnight, at(*now, 12)) == words


def test_what_has_begun_says_until_when() -> None:
    when = timed(BRUSSELS, wall(2024, 2, 26, 15), wall(2024, 2, 26, 16, 45))
    assert moments.relative(when, at(2024, 2, 26, 15, 10)) == "now, until 16:45 (Brussels)"
    assert moments.relative(when, at(2024, 2, 26, 16, 45)) == "today at 15:00 (Brussels)"
    night = timed(BRUSSELS, wall(2024, 2, 26, 22), wall(2024, 2, 27, 2))
    assert moments.relative(night, at(2024, 2, 26, 23)) == "now, until Tuesday 27 February, 02:00 (Brussels)"


@pytest.mark.parametrize(
    ("language", "tomorrow", "soon", "day"),
    [
        ("en", "Tomorrow at 15:00 (Brussels)", "Today at 15:00 (Brussels), in 2 hours", "Tomorrow"),
        ("fr", "Demain à 15:00 (Bruxelles)", "Aujourd’hui à 15:00 (Bruxelles), dans 2 heures", "Demain"),
        ("nl", "Morgen om 15:00 (Brussel)", "Vandaag om 15:00 (Brussel), over 2 uur", "Morgen"),
        ("ar", "غدًا الساعة 15:00 (بروكسل)", "اليوم الساعة 15:00 (بروكسل)، خلال ساعتين", "غدًا"),
    ],
)
def test_four_languages(language: str, tomorrow: str, soon: str, day: str) -> None:
    """With a capital at the start of a line."""
    slot = moments.slot(moments.frozen(LAUNCH), language, at_start=True)
    assert moments.words_for([slot], at(2024, 2, 25, 10, 0))[slot] == tomorrow
    assert moments.words_for([slot], at(2024, 2, 26, 13, 0))[slot] == soon
    slot = moments.slot(moments.frozen(dated(BRUSSELS, date(2024, 2, 26))), language, at_start=True)
    assert moments.words_for([slot], at(2024, 2, 25, 10, 0))[slot] == day


def test_an_unknown_date_is_no_moment() -> None:
    assert moments.frozen(unknown(BRUSSELS)) == ""
    assert moments.relative(unknown(BRUSSELS), at(2024, 1, 1, 0)) == "on a date to be announced"


def composed(language: str, when: When, subject: str) -> Composition:
    block = {"type": "when", "moment": moments.frozen(when), "when": "Mon 26 Feb"}
    text = {"type": "text", "markdown": "See you {{when}}."}
    sender = Sender("City", "news@example.org")
    source = Source(
        "mailings/newsletter", language, Brand("City"), sender, subject=subject, blocks=(block, text),
        moments={"when": moments.frozen(when)},
    )  # fmt: skip
    return compose(Source.from_json(source.to_json()), str)


def test_each_copy_of_one_compiled_mail_has_its_own_words() -> None:
    """In the subject, in the text and in the HTML."""
    with using("en"):
        compiled = compile_message(
            composed("fr", LAUNCH, "Rappel : {{when}}"), StaticHeaders("City", "news@example.org")
        )
    assert len(compiled.moments) == 2
    read = []
    for now in (at(2024, 2, 25, 23, 59), at(2024, 2, 26, 0, 0)):
        values = dict(moments.words_for(compiled.moments, now))
        made = compiled.render(values, to_name="", to_address="a@example.org", message_id="1@example.org", date=now)
        mail = message_from_bytes(made.as_bytes(), policy=policy.default)
        bodies = [mail.get_body((kind,)) for kind in ("plain", "html")]
        read.append([str(mail["Subject"]), *(str(body.get_content()) for body in bodies if body)])
    for words, found in zip(("demain", "aujourd’hui"), read, strict=True):
        assert found[0] == f"Rappel : {words} à 15:00 (Bruxelles)"
        for text in found[1:]:
            assert f"See you {words} à 15:00 (Bruxelles)." in text
            assert f"{words.capitalize()} à 15:00 (Bruxelles)" in text
    assert not any("emain" in text for text in read[1])


def test_a_mail_without_moments_has_none() -> None:
    """Nothing is worked out for it: rendering asks this once a copy."""
    sender = Sender("City", "news@example.org")
    text = {"type": "text", "markdown": "See you {{when}}, {{first_name|friend}}."}
    source = Source("mailings/newsletter", "en", Brand("City"), sender, subject="News", blocks=(text,))
    made = compose(source, str)
    compiled = compile_message(made, StaticHeaders("City", "news@example.org"))
    assert compiled.moments == ()
    assert "See you {{when}}" in made.text
    assert "moments" not in source.to_json()
