"""How far from a moment something is due. Values only, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mobilize.core.anchors import Moment


@dataclass(frozen=True)
class Offset:
    """``minutes`` from a moment, or ``days`` from its local day at ``at_time`` of its zone; negative is before."""

    minutes: int = 0
    days: int = 0
    at_time: time | None = None

    @property
    def needs_time(self) -> bool:
        """Whether it can be counted only from a moment that is known to the minute."""
        return self.at_time is None

    @property
    def is_before(self) -> bool:
        """Whether it comes before the moment; a time on the moment's own day counts as before it."""
        return self.minutes < 0 if self.at_time is None else self.days <= 0

    def from_moment(self, moment: Moment) -> datetime | None:
        """When it is due (UTC); None where the moment is known to the day only and the offset needs its time.

        Minutes are counted as they pass, so an hour before is an hour before on days when the clocks change, too. A
        local time that the clocks skip is the moment at which they skip it (PEP 495, fold 0).
        """
        if self.at_time is None:
            return None if moment.is_day else moment.at + timedelta(minutes=self.minutes)
        return _local(moment, self.days, self.at_time)


def passes_at(moment: Moment) -> datetime:
    """When what is to come before a moment would come too late: of a day, when it ends."""
    return _local(moment, 1, time()) if moment.is_day else moment.at


def _local(moment: Moment, days: int, at_time: time) -> datetime:
    zone = ZoneInfo(moment.zone)
    day = moment.at.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, at_time, zone).astimezone(UTC)
