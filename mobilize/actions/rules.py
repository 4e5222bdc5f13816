"""Decisions about calls to action: whether one is open, whether an act is a new one, what a page counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mobilize.actions.models import ActionState

SHOWN_FROM = 10
"""A public counter shows numbers from here on: fewer people could be told apart."""
SEATS = 2
"""Names at one address, where the organisation allows a second."""


class Standing(StrEnum):
    """How things stand with what a call is about.

    ``CHECKED``: mail about it is held while the case is checked. ``GRAVE``: it ended badly, or at the wish of the
    person: nothing is asked, counted or shared any more.
    """

    GOES_ON = "goes_on"
    CHECKED = "checked"
    ENDED = "ended"
    GRAVE = "grave"


class Door(StrEnum):
    """Whether a call takes acts, and why not."""

    OPEN = "open"
    NOT_YET = "not_yet"
    CLOSED = "closed"
    CHECKED = "checked"
    ENDED = "ended"
    GRAVE = "grave"


@dataclass(frozen=True)
class Opening:
    """What decides whether a call is open."""

    state: ActionState
    opens_at: datetime | None
    closes_at: datetime | None
    about: Standing = Standing.GOES_ON


def door(call: Opening, now: datetime) -> Door:
    """Whether a call takes acts now. A grave end wins over everything, a closed call over a case that is checked."""
    if call.about is Standing.GRAVE:
        return Door.GRAVE
    if call.about is Standing.ENDED:
        return Door.ENDED
    if call.state is not ActionState.OPEN or (call.closes_at is not None and call.closes_at <= now):
        return Door.CLOSED
    if call.about is Standing.CHECKED:
        return Door.CHECKED
    return Door.NOT_YET if call.opens_at is not None and call.opens_at > now else Door.OPEN


def free_seat(taken: Mapping[int, bytes], name_key: bytes, *, second_name: bool) -> int | None:
    """The seat of a further act at one address; None where it repeats one that counts already.

    ``taken`` are the keys of the names that acted from the address, by seat.
    """
    if not taken:
        return 1
    if not second_name or name_key in taken.values() or len(taken) >= SEATS:
        return None
    return next(seat for seat in range(1, SEATS + 1) if seat not in taken)


def shown_count(count: int) -> int | None:
    """What a public page says of the number of acts; None while there are too few to show."""
    return count if count >= SHOWN_FROM else None


def has_forgotten(ended_at: datetime | None, keep_days: int, now: datetime) -> bool:
    """Whether the people of a call that ended then are due to be forgotten, or were."""
    return ended_at is not None and ended_at + timedelta(days=keep_days) <= now


def initials_of(name: str) -> str:
    """``"A. B."`` of a name; empty where there is none."""
    return " ".join(f"{word[0].upper()}." for word in name.split())
