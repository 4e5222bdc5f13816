"""When something takes place: known to the minute, to the day, or not yet. Values only, no clock.

It may have no end: it is over when its local day is. Moments are kept in UTC with an IANA zone; what people type
and read is the wall clock of that zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from mobilize.core.errors import Refused
from mobilize.core.i18n import _

FIRST_YEAR, LAST_YEAR = 1970, 2099


class Precision(StrEnum):
    """How exactly the moment is known."""

    TIME = "time"
    DATE = "date"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class When:
    """``starts_at`` and ``ends_at`` in UTC. Known to the day, they are the first instants of the first and last day."""

    precision: Precision
    zone: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def first_day(self) -> date | None:
        """The local day on which it begins."""
        return self._local(self.starts_at)

    @property
    def last_day(self) -> date | None:
        """The local day on which it ends; that of the beginning where no end is known."""
        return self._local(self.ends_at or self.starts_at)

    @property
    def over_at(self) -> datetime | None:
        """When it is over: at its end, else with its last local day; None while its date is unknown."""
        if self.precision is Precision.TIME and self.ends_at is not None:
            return self.ends_at
        return None if self.last_day is None else first_instant(self.last_day + timedelta(days=1), self.zone)

    def is_over(self, now: datetime) -> bool:
        return self.over_at is not None and self.over_at <= now

    def _local(self, moment: datetime | None) -> date | None:
        return None if moment is None else moment.astimezone(ZoneInfo(self.zone)).date()


def timed(zone: str, start: datetime, end: datetime | None = None) -> When:
    """Known to the minute, from what the clock on the wall will show (naive).

    Raises:
        Refused: a time that the clocks of the zone skip, a year out of range, or an end that is not after the start.
    """
    starts_at = instant("start", zone, start)
    ends_at = None if end is None else instant("end", zone, end)
    if ends_at is not None and ends_at <= starts_at:
        raise Refused("end", _("The end has to be after the start"))
    return When(Precision.TIME, zone, starts_at, ends_at)


def dated(zone: str, first: date, last: date | None = None) -> When:
    """Known to the day.

    Raises:
        Refused: a year out of range, or a last day before the first.
    """
    require_year("start", first)
    if last is not None:
        require_year("end", last)
        if last < first:
            raise Refused("end", _("The last day has to be the first one or after it"))
    ends_at = None if last is None or last == first else first_instant(last, zone)
    return When(Precision.DATE, zone, first_instant(first, zone), ends_at)


def unknown(zone: str) -> When:
    """To be announced."""
    return When(Precision.UNKNOWN, zone)


def instant(field: str, zone: str, wall: datetime) -> datetime:
    """The first of two moments at which the clock shows this time, where it shows it twice.

    Raises:
        Refused: a time that the clocks of the zone skip, or a year out of range.
    """
    require_year(field, wall)
    moment = wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:
        raise Refused(field, _("The clocks go forward then: there is no such time"))
    return moment


def first_instant(day: date, zone: str) -> datetime:
    """When a local day begins: with the first time that the clocks show, where they skip midnight (PEP 495, fold 0)."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def require_year(field: str, day: date) -> None:
    """Raises Refused: a year that nobody means. In the first and the last of all, a zone leads out of the calendar."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Refused(field, _("Choose a year from %(first)d to %(last)d", first=FIRST_YEAR, last=LAST_YEAR))
