"""What an attack looks like from inside: refusals, as events of the log and as numbers of ``/metrics``.

They are counted in Redis and not in the database: an answer of 400 or more rolls its transaction back. An event names a
kind of ours and what was asked of us, never an address, a name or what somebody typed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import cast

import structlog
from redis import Redis, RedisError

from mobilize.core import broker
from mobilize.core.broker import ANSWER_TIMEOUT, CONNECT_TIMEOUT
from mobilize.core.errors import TokenRefused
from mobilize.core.settings import Settings

log = structlog.get_logger(__name__)

_COUNTS = "mobilize:security-events"
_client: Redis | None = None


class SecurityEvent(StrEnum):
    LOGIN_REFUSED = "login_refused"
    """Address and password did not match."""
    PASSWORD_REFUSED = "password_refused"  # noqa: S105 - the name of an event
    """Somebody who is signed in, or holds an invitation, typed a wrong password."""
    PERMISSION_REFUSED = "permission_refused"
    """A member asked for what their role does not include, or for an organisation that is not theirs."""
    LIMIT_REACHED = "limit_reached"
    TOKEN_FORGED = "token_forged"  # noqa: S105
    """A personal link that we did not make, or not for this; links that have merely expired are none."""
    FORM_FORGED = "form_forged"
    """A form whose token belongs to another session or path."""
    OTHER_SITE = "other_site"
    """A form that stood on a page of another site."""


def connect(settings: Settings) -> None:
    """Count in this Redis in this process; nothing is contacted yet."""
    global _client
    _client = Redis.from_url(settings.redis_url, socket_connect_timeout=CONNECT_TIMEOUT, socket_timeout=ANSWER_TIMEOUT)


def note(event: SecurityEvent, **facts: str | None) -> None:
    """Log and count one event; ``facts`` are words of our own. A Redis that is away costs the count only."""
    log.warning("security.event", kind=event.value, **facts)
    if _client is None or broker.is_silent():
        return
    try:
        _client.hincrby(_COUNTS, event, 1)
    except RedisError as error:
        broker.note_failure(error)
        log.warning("security.uncounted", error=type(error).__name__)


def note_token(refusal: TokenRefused, endpoint: str | None) -> None:
    """The same for a refused link, if it was forged."""
    if not refusal.expired:
        note(SecurityEvent.TOKEN_FORGED, endpoint=endpoint)


def counts() -> dict[SecurityEvent, int]:
    """How often each happened since Redis began; only the kinds above, whatever else stands there.

    Raises:
        RedisError: Redis is away.
    """
    if _client is None:
        return {}
    found = cast(list[bytes | None], _client.hmget(_COUNTS, list(SecurityEvent)))
    return {event: int(number or 0) for event, number in zip(SecurityEvent, found, strict=True)}
