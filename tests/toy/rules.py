"""Decisions about fairs, and what a visitor says who registers for one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mobilize.questions.pending import Pending
from mobilize.questions.rules import Owner

LASTS = timedelta(days=1)


@dataclass(frozen=True)
class Registering:
    """What is kept until the mailbox's owner confirms."""

    guests: int
    answers: Pending = field(default_factory=list)


def questions_of(fair_id: int) -> Owner:
    """Whose the questions of a fair's form are."""
    return Owner("fair", fair_id)


def began_before(now: datetime) -> datetime:
    """Fairs that began by then are over: they last for a day."""
    return now - LASTS
