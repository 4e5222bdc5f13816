"""When soft bounces add up to a spent mailbox, and policy bounces to a storm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mobilize.delivery.bounces.rules import Sent, can_come_back, is_spent, is_storm
from mobilize.delivery.models import DeliveryState, ReturnKind

NOW = datetime(2026, 10, 19, 12, tzinfo=UTC)


def sent(days_ago: float, kind: ReturnKind | None = None) -> Sent:
    """A mail accepted so long ago; it came back an hour later."""
    at = NOW - timedelta(days=days_ago)
    return Sent(at, () if kind is None else ((kind, at + timedelta(hours=1)),))


def soft(*days_ago: float) -> list[Sent]:
    return [sent(days, ReturnKind.SOFT) for days in days_ago]


@pytest.mark.parametrize(
    ("history", "spent"),
    [
        (soft(1, 3, 5, 7, 9), True),
        (soft(1, 3, 5, 7), False),
        (soft(1, 1.01, 1.02, 1.03, 1.04, 1.05), False),
        (soft(1, 1.01, 2, 2.01, 3), True),
        ([], False),
    ],
    ids=["five on five days", "four", "six on one day", "five on three days", "nothing"],
)
def test_five_on_three_days_are_enough(history: list[Sent], spent: bool) -> None:
    """A bad afternoon of a server spends nobody."""
    assert is_spent(history, NOW) is spent


def test_a_mail_that_stayed_starts_the_count_anew() -> None:
    """It is old enough that no server would still be trying to give it back."""
    assert is_spent([*soft(1, 3), sent(7), *soft(9, 11, 13)], NOW) is False
    assert is_spent([*soft(1, 3, 5, 7, 9), sent(20), *soft(30)], NOW) is True


def test_a_mail_that_may_still_come_back_says_nothing() -> None:
    """A server may try for five days: the last mails to a dead mailbox look accepted."""
    assert is_spent([sent(0.5), sent(2), *soft(3, 5, 7, 9, 11)], NOW) is True


def test_policy_says_nothing_of_the_mailbox_and_a_complaint_shows_that_it_works() -> None:
    """The first neither counts nor ends the count, the second ends it."""
    between = sent(6, ReturnKind.POLICY)
    assert is_spent([*soft(1, 3), between, *soft(7, 9, 11)], NOW) is True
    assert is_spent([*soft(1, 3), sent(6, ReturnKind.COMPLAINT), *soft(7, 9, 11)], NOW) is False


@pytest.mark.parametrize(
    ("bounces", "accepted", "storm"),
    [(0, 0, False), (19, 19, False), (20, 400, True), (20, 401, False), (21, 100, False), (40, 100, True)],
)
def test_twenty_that_are_a_twentieth_are_a_storm(bounces: int, accepted: int, storm: bool) -> None:
    """And after that every twentieth, so that a message which a person resumed may go on."""
    assert is_storm(bounces, accepted) is storm


@pytest.mark.parametrize("state", list(DeliveryState))
def test_only_what_a_server_has_can_come_back(state: DeliveryState) -> None:
    """Accepted or unknown, within thirty days."""
    held = state in {DeliveryState.ACCEPTED, DeliveryState.UNKNOWN}
    assert can_come_back(state, NOW - timedelta(days=30), NOW) is held
    assert can_come_back(state, NOW - timedelta(days=30, seconds=1), NOW) is False
