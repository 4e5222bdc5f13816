"""Decisions about defenders: dates that are partly known, spellings, and the do-no-harm gate. No I/O, no clock."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.core.text import normal_form

FIRST_YEAR, LAST_YEAR = 1900, 2099


class DatePrecision(StrEnum):
    """How exactly a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class PartialDate:
    """``first`` is the first day of what is known: of the month, of the year, or the day itself."""

    first: date
    precision: DatePrecision

    def __str__(self) -> str:
        """As it is typed and stored: ``2021``, ``2021-01`` or ``2021-02-10`` (ISO 8601)."""
        length = {DatePrecision.YEAR: 4, DatePrecision.MONTH: 7, DatePrecision.DAY: 10}
        return self.first.isoformat()[: length[self.precision]]


_PARTS = {1: DatePrecision.YEAR, 2: DatePrecision.MONTH, 3: DatePrecision.DAY}
_WIDTHS = (4, 2, 2)


def partial_date(field: str, typed: str) -> PartialDate:
    """A year, a month or a day in ISO 8601.

    Raises:
        Refused: it is none of the three, or beyond the years that the service knows.
    """
    parts = typed.strip().split("-")
    if len(parts) in _PARTS and all(_is_number(part, width) for part, width in zip(parts, _WIDTHS, strict=False)):
        year, month, day = (*map(int, parts), 1, 1)[:3]
        try:
            first = date(year, month, day)
        except ValueError:
            pass
        else:
            if FIRST_YEAR <= year <= LAST_YEAR:
                return PartialDate(first, _PARTS[len(parts)])
    raise Refused(field, _("Write a year, a month or a day: 2021, 2021-01 or 2021-01-31"))


def _is_number(part: str, width: int) -> bool:
    return len(part) == width and part.isascii() and part.isdigit()


def folded(name: str) -> str:
    """The spelling that names are compared by: without accents, case, apostrophes, hyphens and double spaces.

    Transliterations of one name differ in these: N'guessan and N’Guessan, al-Hathloul and Al Hathloul.
    """
    plain = "".join(one for one in normal_form("NFKD", name) if not unicodedata.combining(one))
    spaced = "".join(" " if unicodedata.category(one) == "Pd" else one for one in plain.casefold())
    return " ".join("".join(one for one in spaced if one.isalnum() or one.isspace()).split())


def matches(typed: str, names: Iterable[str]) -> bool:
    """Whether each word that was typed begins a word of one of the names."""
    wanted = folded(typed).split()
    return bool(wanted) and any(_begins_words_of(wanted, folded(name).split()) for name in names)


def _begins_words_of(wanted: list[str], words: list[str]) -> bool:
    return all(any(word.startswith(one) for word in words) for one in wanted)


class ReviewKind(StrEnum):
    """What has to be fresh before mail about a person is sent."""

    CONSENT = "consent"
    VERIFICATION = "verification"
    RISK = "risk"


class Publish(StrEnum):
    """What a consent may allow to publish. Without the name there is no page and no block about the person."""

    NAME = "name"
    ABOUT = "about"
    TIMELINE = "timeline"
    PICTURE = "picture"


LONGEST_LIMIT = 3660
"""Days: ten years."""


@dataclass(frozen=True)
class Limits:
    """For how many days each kind of review counts; set by the organisation."""

    consent: int = 365
    verification: int = 30
    risk: int = 30

    def days(self, kind: ReviewKind) -> int:
        return {
            ReviewKind.CONSENT: self.consent,
            ReviewKind.VERIFICATION: self.verification,
            ReviewKind.RISK: self.risk,
        }[kind]


@dataclass(frozen=True)
class Reviewed:
    """The newest review of a kind. ``passed`` is false where consent was refused or withdrawn, facts or risk were
    found wrong; ``until`` is an earlier end that the review itself names."""

    on: date
    passed: bool
    until: date | None = None
    scope: frozenset[Publish] = frozenset()
    """What may be published; of a consent only."""


class Closed(StrEnum):
    """Why mail about a person may not be sent."""

    HELD = "held"
    MISSING = "missing"
    FAILED = "failed"
    LAPSED = "lapsed"


def last_day(kind: ReviewKind, review: Reviewed, limits: Limits) -> date:
    """The last day on which a review counts."""
    by_limit = review.on + timedelta(days=limits.days(kind))
    return by_limit if review.until is None else min(by_limit, review.until)


def gate(
    reviews: Mapping[ReviewKind, Reviewed], limits: Limits, *, held: bool, today: date
) -> dict[ReviewKind | None, Closed]:
    """What keeps mail about a person from being sent, by kind of review; None stands for the hold of staff.

    Empty: the gate is open. A review dated later than ``today`` does not count yet.
    """
    closed: dict[ReviewKind | None, Closed] = {None: Closed.HELD} if held else {}
    for kind in ReviewKind:
        reason = _closed_by(kind, reviews.get(kind), limits, today)
        if reason is not None:
            closed[kind] = reason
    return closed


def _closed_by(kind: ReviewKind, review: Reviewed | None, limits: Limits, today: date) -> Closed | None:
    if review is None or review.on > today:
        return Closed.MISSING
    if not review.passed:
        return Closed.FAILED
    return Closed.LAPSED if today > last_day(kind, review, limits) else None


def open_until(reviews: Mapping[ReviewKind, Reviewed], limits: Limits) -> date | None:
    """The last day on which the gate stays open by itself; None where a review is missing or failed."""
    if any(kind not in reviews or not reviews[kind].passed for kind in ReviewKind):
        return None
    return min(last_day(kind, reviews[kind], limits) for kind in ReviewKind)
