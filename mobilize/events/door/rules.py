"""What a ticket is worth at the door. Decisions only: no I/O, no clock."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import RegistrationState

OPEN_AFTER = timedelta(days=1)
"""How long after the end of an event its door links still work, for scans that were made without a network."""
LATEST = timedelta(hours=24)
_NONCE = re.compile(r"[A-Za-z0-9-]{16,40}\Z")


class Verdict(StrEnum):
    """What the door says of a code."""

    VALID = "valid"
    USED = "used"
    CANCELLED = "cancelled"
    ONLINE = "online"
    ELSEWHERE = "elsewhere"
    FORGED = "forged"
    NO_CODE = "no_code"
    WALK_IN = "walk_in"


def verdict(state: RegistrationState, attendance: Attendance, *, is_inside: bool) -> Verdict:
    """Of a ticket of this event."""
    if state is not RegistrationState.REGISTERED:
        return Verdict.CANCELLED
    if attendance is Attendance.ONLINE:
        return Verdict.ONLINE
    return Verdict.USED if is_inside else Verdict.VALID


def is_open(event: Event, revoked_at: datetime | None, now: datetime) -> bool:
    """Whether a door link still works."""
    over_at = event.when.over_at
    return revoked_at is None and (over_at is None or over_at + OPEN_AFTER > now)


def usable_nonce(nonce: str) -> str:
    """Raises Refused: not what a phone would make."""
    if not _NONCE.match(nonce):
        raise Refused("nonce", _("Open the page again and repeat this"))
    return nonce


def moment_of(seconds: str, now: datetime) -> datetime:
    """When a phone did something, by its own clock in seconds since 1970; ``now`` where that cannot be."""
    digits = seconds if seconds.isascii() and seconds.isdigit() and len(seconds) <= 11 else ""
    said = datetime.fromtimestamp(int(digits), now.tzinfo) if digits else now
    return said if now - LATEST <= said <= now else now
