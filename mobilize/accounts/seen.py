"""When a session was last used, for the idle limit: noted in Redis, written to its row by the clock.

a request that somebody made -> at most every ``EVERY``: +1 field in Redis -> tick -> login_sessions.last_seen_at
Not in the request: a GET cannot write, and a POST whose answer is an error is rolled back.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import structlog
from flask import request
from redis import RedisError
from sqlalchemy import update

from mobilize.accounts.models import LoginSession
from mobilize.core import broker, db
from mobilize.core.bodies import SAFE_METHODS
from mobilize.core.db import session

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=5)
_SEEN = "mobilize:sessions-seen"
_TAKEN = "mobilize:sessions-seen:taken"


def note(session_id: int, last_seen_at: datetime, now: datetime) -> None:
    """Keep the session from becoming idle; a Redis that is away costs the note, never the request.

    A page that asks by itself how far a mailing is is nobody's doing (``Sec-Fetch-Dest: empty``).
    """
    by_itself = request.method in SAFE_METHODS and request.headers.get("Sec-Fetch-Dest") == "empty"
    if by_itself or now - last_seen_at < EVERY:
        return
    try:
        broker.redis().hset(_SEEN, str(session_id), int(now.timestamp()))
    except RedisError as error:
        log.warning("sessions.unseen", error=type(error).__name__)


def write_notes() -> None:
    """Move the notes from Redis to the rows (at each tick), set aside until the commit as ``delivery.links`` does."""
    try:
        seen = _taken()
    except RedisError as error:
        log.warning("sessions.unwritten", error=type(error).__name__)
        return
    for session_id, at in seen.items():
        later = (LoginSession.id == session_id) & (LoginSession.last_seen_at < at)
        session.execute(update(LoginSession).where(later).values(last_seen_at=at))
    if seen:
        db.after_commit(_TAKEN, _forget)


def _taken() -> dict[int, datetime]:
    redis = broker.redis()
    if not redis.exists(_TAKEN) and redis.exists(_SEEN):
        redis.renamenx(_SEEN, _TAKEN)
    found = cast(dict[bytes, bytes], redis.hgetall(_TAKEN))
    return {int(session_id): datetime.fromtimestamp(int(at), UTC) for session_id, at in found.items()}


def _forget() -> None:
    try:
        broker.redis().delete(_TAKEN)
    except RedisError as error:
        log.warning("sessions.written_twice", error=type(error).__name__)
