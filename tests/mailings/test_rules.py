"""Which verb is possible in which state, and when a mailing leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mobilize.core.errors import Conflict, Refused
from mobilize.delivery.models import MessageState
from mobilize.mailings.models import MailingState
from mobilize.mailings.rules import (
    Shown,
    Verb,
    departure,
    is_allowed,
    language_for,
    moment_in_zone,
    require,
    shown_state,
    zone_named,
)

NOW = datetime(2024, 2, 26, 14, 0, tzinfo=UTC)
BRUSSELS = ZoneInfo("Europe/Brussels")


def test_until_launch_the_mailing_rules_and_then_its_message() -> None:
    """One state is shown, whichever table holds it."""
    assert shown_state(MailingState.DRAFT, None) is Shown.DRAFT
    assert shown_state(MailingState.LAUNCHED, None) is Shown.PREPARING
    for state in MessageState:
        assert shown_state(MailingState.LAUNCHED, state).value == state.value
    assert shown_state(MailingState.CANCELLED, None) is Shown.CANCELLED
    assert shown_state(MailingState.LAUNCHED, MessageState.SENDING, preparing=True) is Shown.PREPARING
    assert shown_state(MailingState.LAUNCHED, MessageState.PAUSED, preparing=True) is Shown.PAUSED


@pytest.mark.parametrize("verb", list(Verb))
def test_nothing_can_be_done_with_what_has_ended(verb: Verb) -> None:
    """A sent or cancelled mailing stays as it is, and the refusal says so."""
    for state, word in ((Shown.FINISHED, "sent"), (Shown.CANCELLED, "cancelled")):
        with pytest.raises(Conflict, match=f"This mailing is {word}"):
            require(verb, state)


def test_content_changes_only_before_launch() -> None:
    """Sent content never changes."""
    assert [state for state in Shown if is_allowed(Verb.CHANGE, state)] == [
        Shown.DRAFT,
        Shown.SCHEDULED,
        Shown.TEMPLATE,
    ]


def test_a_halted_mailing_can_be_resumed_or_cancelled() -> None:
    """The engine stops a mailing; a person decides."""
    assert is_allowed(Verb.RESUME, Shown.HALTED)
    assert is_allowed(Verb.CANCEL, Shown.HALTED)
    assert not is_allowed(Verb.PAUSE, Shown.HALTED)


@pytest.mark.parametrize(
    ("preferred", "expected"),
    [("fr", "fr"), ("fr-BE", "fr"), ("nl-BE", "nl-BE"), ("nl", "en"), ("ar", "en"), ("", "en")],
)
def test_language_falls_back_exact_base_default(preferred: str, expected: str) -> None:
    """Everybody gets a version."""
    assert language_for(preferred, ("en", "fr", "nl-BE"), "en") == expected


def test_a_local_time_is_a_moment() -> None:
    """Summer and winter time are the zone's business."""
    assert moment_in_zone("at", datetime.fromisoformat("2024-02-26T15:00"), BRUSSELS) == NOW
    assert moment_in_zone("at", datetime.fromisoformat("2024-07-01T15:00"), BRUSSELS) == datetime(
        2024, 7, 1, 13, 0, tzinfo=UTC
    )


def test_a_time_that_clocks_skip_is_refused_and_of_two_the_first_counts() -> None:
    """Half past two does not exist on 31 March, and exists twice on 27 October."""
    with pytest.raises(Refused, match="does not exist"):
        moment_in_zone("at", datetime.fromisoformat("2024-03-31T02:30"), BRUSSELS)
    assert moment_in_zone("at", datetime.fromisoformat("2024-10-27T02:30"), BRUSSELS) == datetime(
        2024, 10, 27, 0, 30, tzinfo=UTC
    )


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc/passwd", "/etc/passwd", "a\0b"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    """A zone is a name of the IANA database, never a path."""
    with pytest.raises(Refused):
        zone_named("zone", name)


def test_departure() -> None:
    """Now, later, or after the hold; never in the past."""
    assert departure("at", None, 0, NOW) == NOW
    assert departure("at", None, 60, NOW) == NOW + timedelta(seconds=60)
    assert departure("at", NOW + timedelta(hours=1), 60, NOW) == NOW + timedelta(hours=1)
    assert departure("at", NOW + timedelta(seconds=5), 60, NOW) == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("at", "hold"),
    [(NOW - timedelta(hours=1), 0), (NOW + timedelta(days=900), 0), (None, -1), (None, 24 * 3600 + 1)],
)
def test_departures_that_are_refused(at: datetime | None, hold: int) -> None:
    """A typing mistake in the year is caught before anyone waits for it."""
    with pytest.raises(Refused):
        departure("at", at, hold, NOW)
