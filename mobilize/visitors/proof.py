"""Whether a posted form shows that somebody is there, and counting its client accordingly."""

from __future__ import annotations

from enum import Enum

from mobilize.core import clock
from mobilize.visitors import limits
from mobilize.visitors.challenges import spend
from mobilize.visitors.second_press import Press, judged


class Proof(Enum):
    """``ENOUGH``: take the request. Otherwise show the second page, with a word where the press was early or late."""

    ENOUGH = "enough"
    EARLY = "early"
    LATE = "late"
    NONE = "none"


def judge(answer: str, press: str, *, form: str, address: str) -> Proof:
    """Look at the script's ``answer`` and at the second page's ``press`` token.

    Raises:
        TooMany: this client had enough requests taken within the hour.
    """
    if spend(answer, form, clock.now()):
        limits.count_client("visitors.client.proven", limits.PROVEN_AN_HOUR)
        return Proof.ENOUGH
    found = judged(press, form, address)
    if found is Press.COUNTS:
        limits.count_client("visitors.client.pressed", limits.PRESSED_AN_HOUR)
        return Proof.ENOUGH
    return {Press.EARLY: Proof.EARLY, Press.LATE: Proof.LATE}.get(found, Proof.NONE)
