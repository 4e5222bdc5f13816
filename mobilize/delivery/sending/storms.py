"""Refusals that are not about single people: when they stop a message, and keep people from being charged.

A message halts when one claim brings ten refusals that blame the sender, at least half of its answers, or ten times
the same refusal, nine in ten of its answers, whatever its code: a server that refuses everybody in the same words has
something against us or is out of order itself.
"""

from __future__ import annotations

import re
from collections import Counter

from mobilize.delivery.models import DeliveryState
from mobilize.delivery.refusals.judging import is_lasting
from mobilize.delivery.sending.classify import Outcome

STORM = 10
POLICY_SHARE = 0.5
SAME_SHARE = 0.9

_VARIES = re.compile(r"\S*\d\S*|\(address\)|[^\w\s]")
"""What differs between equal answers: numbers, marks of a session, the address."""

Refusal = tuple[int | None, str]


class Storms:
    """The answers to one claim, by message."""

    def __init__(self) -> None:
        self._answers: Counter[int] = Counter()
        self._policy: Counter[int] = Counter()
        self._same: dict[int, Counter[Refusal]] = {}

    def answered(self, message_id: int) -> None:
        """One more answer came, of whatever kind."""
        self._answers[message_id] += 1

    def refused(self, message_id: int, outcome: Outcome) -> None:
        """One of the answers was no."""
        self._policy[message_id] += outcome.policy
        if is_refusal(outcome):
            self._same.setdefault(message_id, Counter())[_refusal(outcome)] += 1

    def is_storm(self, message_id: int) -> bool:
        """Whether the message has to wait for a person."""
        return self._policy[message_id] >= max(STORM, self._answers[message_id] * POLICY_SHARE) or self.is_same(
            message_id
        )

    def is_same(self, message_id: int) -> bool:
        """Whether nearly all answers are one refusal: then it says nothing about the single address."""
        most = max(self._same.get(message_id, Counter()).values(), default=0)
        return most >= max(STORM, self._answers[message_id] * SAME_SHARE)


def is_refusal(outcome: Outcome) -> bool:
    """Whether a server said no, for good, or in words by which waiting mends nothing."""
    if outcome.code is None or outcome.code < 400:
        return False
    return outcome.state is DeliveryState.FAILED or is_lasting(outcome.text)


def _refusal(outcome: Outcome) -> Refusal:
    return outcome.code, " ".join(_VARIES.sub(" ", outcome.text.lower()).split())
