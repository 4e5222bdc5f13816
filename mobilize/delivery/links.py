"""Ordinary links: the same for everyone, counted in aggregate, leading only to addresses that were stored at launch.

GET /l/<token> -> +1 in Redis (lost if Redis is away) -> 302 stored address
tick -> flush_clicks -> links.clicks
"""

from __future__ import annotations

from typing import cast

import structlog
from redis import RedisError
from sqlalchemy import select, update

from mobilize.core import broker, db
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.tokens import read
from mobilize.delivery.models import Link
from mobilize.delivery.purposes import LINK

log = structlog.get_logger(__name__)

_COUNTS = "mobilize:clicks"
_TAKEN = "mobilize:clicks:taken"


def resolve(token: str) -> Link:
    """The link of a token.

    Raises:
        TokenRefused: altered, or made for another purpose.
        NotFound: its mailing was deleted.
    """
    (link_id,) = read(LINK, token)
    found = session.scalar(select(Link).where(Link.id == link_id))
    if found is None:
        raise NotFound("link")
    return found


def count_click(link_id: int) -> None:
    """Add one to a link's count; a Redis that is away costs the count, never the visit."""
    try:
        broker.redis().hincrby(_COUNTS, str(link_id), 1)
    except RedisError as error:
        log.warning("clicks.uncounted", error=type(error).__name__)


def flush_clicks() -> int:
    """Move the counts from Redis to the links' rows (at each tick); how many links were clicked.

    The counts are set aside under another name until the commit: what is counted meanwhile waits for the next tick,
    and a rolled-back unit loses nothing.
    """
    try:
        counts = _taken()
    except RedisError as error:
        log.warning("clicks.unflushed", error=type(error).__name__)
        return 0
    for link_id, clicks in counts.items():
        session.execute(update(Link).where(Link.id == link_id).values(clicks=Link.clicks + clicks))
    if counts:
        db.after_commit(_TAKEN, _forget)
    return len(counts)


def _taken() -> dict[int, int]:
    redis = broker.redis()
    if not redis.exists(_TAKEN) and redis.exists(_COUNTS):
        redis.renamenx(_COUNTS, _TAKEN)
    found = cast(dict[bytes, bytes], redis.hgetall(_TAKEN))
    return {int(link_id): int(clicks) for link_id, clicks in found.items()}


def _forget() -> None:
    try:
        broker.redis().delete(_TAKEN)
    except RedisError as error:
        log.warning("clicks.counted_twice", error=type(error).__name__)
