"""Decisions about appeals: what they consist of, what an approval is bound to, and which outcomes ask and tell what.

No I/O, no clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from mobilize.core.when import first_instant

Texts = Mapping[str, str]


class AppealState(StrEnum):
    """``IN_REVIEW`` waits for the second person's approval or, approved, for being published."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    ACTIVE = "active"
    UPDATED = "updated"
    CLOSED = "closed"


OPEN = frozenset({AppealState.ACTIVE, AppealState.UPDATED})
"""People are asked to act."""
PUBLIC = OPEN | {AppealState.CLOSED}
"""Visitors see the page."""


class Outcome(StrEnum):
    """How an appeal ended."""

    RELEASED = "released"
    RELEASED_WITH_CONDITIONS = "released_conditions"
    IMPROVED = "improved"
    NO_CHANGE = "no_change"
    WORSE = "worse"
    DIED = "died"
    STOPPED = "stopped"


GOOD_NEWS = frozenset({Outcome.RELEASED, Outcome.IMPROVED})
"""Outcomes that may be told as good news."""
SILENT = frozenset({Outcome.WORSE, Outcome.DIED, Outcome.STOPPED})
"""Outcomes with no counter, no share button and no ask, on any page or in any mail."""


class Concern(StrEnum):
    """What the appeal is about, in one word of the field."""

    ARBITRARY_DETENTION = "arbitrary_detention"
    UNFAIR_TRIAL = "unfair_trial"
    TORTURE = "torture"
    DEATH_PENALTY = "death_penalty"
    DISAPPEARANCE = "disappearance"
    INCOMMUNICADO = "incommunicado"
    HEALTH = "health"
    SAFETY = "safety"
    HARASSMENT = "harassment"
    FORCED_RETURN = "forced_return"
    FREE_EXPRESSION = "free_expression"
    OTHER = "other"


@dataclass(frozen=True)
class Words:
    """What an appeal says, texts by language; ``demands`` and ``copies`` have one a line.

    ``languages`` are tags of those to write in. People can act until the end of the local day ``act_until`` (ISO 8601,
    empty: no end). ``ceiling``: mailings that show the appeal may go to so many people; None: to any number.
    ``further`` is further information that is published as such. ``outcome`` and ``news`` prepare the closing.
    """

    titles: Texts
    happened: Texts = field(default_factory=dict)
    background: Texts = field(default_factory=dict)
    points: Texts = field(default_factory=dict)
    demands: Texts = field(default_factory=dict)
    copies: Texts = field(default_factory=dict)
    afterwards: Texts = field(default_factory=dict)
    concern: Concern = Concern.OTHER
    languages: tuple[str, ...] = ()
    act_until: str = ""
    ceiling: int | None = None
    further: Texts = field(default_factory=dict)
    outcome: Outcome | None = None
    news: Texts = field(default_factory=dict)

    @property
    def last_day(self) -> date | None:
        return date.fromisoformat(self.act_until) if self.act_until else None


def to_json(words: Words) -> str:
    return json.dumps(asdict(words), ensure_ascii=False, sort_keys=True)


def from_json(stored: str) -> Words:
    """The reverse of ``to_json``."""
    found: dict[str, Any] = json.loads(stored)
    found["concern"] = Concern(found["concern"])
    found["languages"] = tuple(found["languages"])
    found["outcome"] = Outcome(found["outcome"]) if found["outcome"] else None
    return Words(**found)


def fingerprint(words: Words, defenders: Collection[str], additions: Mapping[str, str]) -> str:
    """What an approval is bound to: texts, ceiling, closing, the people named, every call to action (SHA-256)."""
    bound = [to_json(words), sorted(defenders), sorted(additions.items())]
    return hashlib.sha256(json.dumps(bound, ensure_ascii=False).encode()).hexdigest()


def ended_at(act_until: date, zone: str) -> datetime:
    """The first instant after the last local day on which people can act."""
    return first_instant(act_until + timedelta(days=1), zone)


def is_over(act_until: date | None, zone: str, now: datetime) -> bool:
    """Whether the day until which people can act has ended where the appeal is written."""
    return act_until is not None and ended_at(act_until, zone) <= now
