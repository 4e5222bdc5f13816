"""What may be done with a mailing when; pure: states and moments come in, decisions go out.

draft -> scheduled -> (preparing) -> sending -> finished
             |             paused <-> sending      halted: the engine stopped it, a person looks and resumes
             draft (taken back)       cancelled from anywhere before finished
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _, lazy, supported
from mobilize.core.when import require_year
from mobilize.delivery.models import MessageState
from mobilize.mailings.models import MailingState

MAX_HOLD_SECONDS = 24 * 3600
FURTHEST = timedelta(days=730)


class Shown(StrEnum):
    """A mailing's state in words: its own until launch, then its message's."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    SENDING = "sending"
    PAUSED = "paused"
    HALTED = "halted"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    TEMPLATE = "template"


class Verb(StrEnum):
    CHANGE = "change"
    SEND = "send"
    TAKE_BACK = "take back"
    PAUSE = "pause"
    RESUME = "resume"
    RENEW = "renew"
    CANCEL = "cancel"
    DELETE = "delete"


ALLOWED: dict[Verb, frozenset[Shown]] = {
    Verb.CHANGE: frozenset({Shown.DRAFT, Shown.SCHEDULED, Shown.TEMPLATE}),
    Verb.SEND: frozenset({Shown.DRAFT, Shown.SCHEDULED}),
    Verb.TAKE_BACK: frozenset({Shown.SCHEDULED}),
    Verb.PAUSE: frozenset({Shown.PREPARING, Shown.SENDING}),
    Verb.RESUME: frozenset({Shown.PAUSED, Shown.HALTED}),
    Verb.RENEW: frozenset({Shown.HALTED}),
    Verb.CANCEL: frozenset(set(Shown) - {Shown.FINISHED, Shown.CANCELLED, Shown.TEMPLATE}),
    Verb.DELETE: frozenset({Shown.DRAFT}),
}
ENDED = frozenset({Shown.FINISHED, Shown.CANCELLED})
LEFT = frozenset(Shown) - {Shown.DRAFT, Shown.SCHEDULED, Shown.TEMPLATE}

_STATE_WORDS = {
    Shown.DRAFT: lazy("a draft"),
    Shown.SCHEDULED: lazy("scheduled"),
    Shown.PREPARING: lazy("being prepared"),
    Shown.SENDING: lazy("being sent"),
    Shown.PAUSED: lazy("paused"),
    Shown.HALTED: lazy("stopped and needs you"),
    Shown.FINISHED: lazy("sent"),
    Shown.CANCELLED: lazy("cancelled"),
    Shown.TEMPLATE: lazy("what a rule sends"),
}
_VERB_WORDS = {
    Verb.CHANGE: lazy("changed"),
    Verb.SEND: lazy("sent"),
    Verb.TAKE_BACK: lazy("taken back"),
    Verb.PAUSE: lazy("paused"),
    Verb.RESUME: lazy("resumed"),
    Verb.RENEW: lazy("sent with its new text"),
    Verb.CANCEL: lazy("cancelled"),
    Verb.DELETE: lazy("deleted"),
}


def shown_state(mailing: MailingState, message: MessageState | None, *, preparing: bool = False) -> Shown:
    """The one state that pages and commands show.

    ``preparing``: pages of the audience are still missing, though the first of them may be going out already.
    """
    if mailing is not MailingState.LAUNCHED:
        return Shown(mailing.value)
    if message is None or (preparing and message is MessageState.SENDING):
        return Shown.PREPARING
    return Shown(message.value)


def require(verb: Verb, state: Shown) -> None:
    """Pass when the verb is possible in this state.

    Raises:
        Conflict: it is not; says which state the mailing is in.
    """
    if state not in ALLOWED[verb]:
        words = {"state": str(_STATE_WORDS[state]), "verb": str(_VERB_WORDS[verb])}
        raise Conflict(_("This mailing is %(state)s: it cannot be %(verb)s now", **words))


def is_allowed(verb: Verb, state: Shown) -> bool:
    return state in ALLOWED[verb]


def minutes_left(waiting: int, lately: int, running: timedelta) -> int | None:
    """Minutes until the last of ``waiting`` copies leaves, rounded up, if all do as the ``lately`` of the last minute.

    ``running`` is for how long it has been going out: less than a minute at first. None if nothing went out lately.
    """
    if not waiting or not lately:
        return None
    minutes = min(1.0, max(1.0, running.total_seconds()) / 60)
    return ceil(waiting * minutes / lately)


def seconds_until(moment: datetime | None, now: datetime, *, at_most: int) -> int:
    """Whole seconds until ``moment``, rounded up, as a countdown shows them; 0 if it is past or further away."""
    left = ceil((moment - now).total_seconds()) if moment else 0
    return left if 0 < left <= at_most else 0


def opened_language(asked: str | None, own: str, languages: Iterable[str], default: str) -> str:
    """The language that a page of a mailing opens on: what was asked for, else the user's own, else the mailing's."""
    tags = list(languages)
    return supported(asked, tags, supported(own, tags, default))


def language_for(preferred: str, available: tuple[str, ...], default: str) -> str:
    """The version a person gets: exact, then base (fr-BE -> fr), then the mailing's default."""
    return supported(preferred, available, default)


def zone_named(field: str, name: str) -> ZoneInfo:
    """An IANA zone.

    Raises:
        Refused: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(field, _("Use a time zone such as Europe/Brussels")) from None


def moment_in_zone(field: str, local: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) of a clock reading (naive) in a zone; of two, when clocks go back, the first.

    Raises:
        Refused: clocks skip this reading when they go forward, or its year is out of range.
    """
    require_year(field, local)
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        raise Refused(field, _("This time does not exist: clocks go forward that night. Choose another"))
    return moment


def departure(field: str, at: datetime | None, hold_seconds: int, now: datetime) -> datetime:
    """When a mailing leaves: at once or at a moment to come, never before its hold has passed.

    Raises:
        Refused: the moment is past or more than two years away, or the hold is longer than a day.
    """
    if not 0 <= hold_seconds <= MAX_HOLD_SECONDS:
        raise Refused("hold", _("Hold a mailing for at most a day"))
    if at is None:
        return now + timedelta(seconds=hold_seconds)
    if at < now - timedelta(minutes=1):
        raise Refused(field, _("This time has passed. Choose a later one, or send now"))
    if at > now + FURTHEST:
        raise Refused(field, _("Choose a time within the next two years"))
    return max(at, now + timedelta(seconds=hold_seconds))
