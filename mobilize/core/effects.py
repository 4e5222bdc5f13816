"""A change of a moment or a status before it is made, and what it would do to people and mail, told by each feature.

They are names of ``core.feature``, which a feature imports them from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from mobilize.core.anchors import Moment


def _none() -> Mapping[str, str]:
    return MappingProxyType({})


class Outcome(StrEnum):
    """What happens to some mail; pages draw an icon by it."""

    TOLD = "told"
    """People get a mail about the change at once."""
    MOVES = "moves"
    """What is planned gets another date."""
    SENT_SOON = "sent-soon"
    """What is planned becomes due with the change: the next pass of the clock sends it."""
    NOT_SENT = "not-sent"
    """What is planned is not sent any more."""
    WAITS = "waits"
    """What is planned waits until there is a date."""
    STOPPED = "stopped"
    """Copies that have not left yet are withdrawn."""
    HELD = "held"
    """Copies that have not left yet wait for somebody to say that they go out with the new text."""
    RENEWED = "renewed"
    """Copies that have not left yet go out with the new text, without a press."""


@dataclass(frozen=True)
class PlannedChange:
    """A change of the thing ``ref`` (``kind:uid``): ``verb`` is the feature's own name for it.

    ``moments`` are its moments afterwards, by name, as ``Anchored`` has them. ``is_off``: it will not take place.
    ``facts`` are what else other features have to know of it, such as the outcome of an appeal.
    """

    organisation_id: int
    ref: str
    verb: str
    moments: Mapping[str, Moment]
    is_off: bool = False
    facts: Mapping[str, str] = field(default_factory=_none)


@dataclass(frozen=True)
class Effect:
    """One line of the list of consequences.

    ``key`` names what it is about, stable and without words; ``words`` say it in the reader's language. ``people`` are
    those concerned; ``before`` and ``after`` are the dates (UTC) that something planned has and gets; ``url`` leads
    staff to it. Key, outcome, people and dates are what somebody presses on. ``is_leaving``: the copies leave while the
    list is read, so that ``people`` is at most so many.
    """

    outcome: Outcome
    key: str
    words: str
    people: int = 0
    before: datetime | None = None
    after: datetime | None = None
    zone: str = "UTC"
    url: str = ""
    is_leaving: bool = False
