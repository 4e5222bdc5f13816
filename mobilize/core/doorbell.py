"""Wakes workers after a commit. A bell says only "look": what to do stands in the database.

A lost bell costs one tick, never a mail; so a Redis that is away is logged and otherwise ignored.
"""

from __future__ import annotations

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from redis import RedisError

from mobilize.core import broker, db
from mobilize.core.broker import celery_url, producer_options
from mobilize.core.settings import Settings

log = structlog.get_logger(__name__)

DRAIN = "tasks.delivery.drain"
TICK = "tasks.clock.tick"
LAUNCH = "tasks.mailings.launch"

_producer: Celery | None = None


def connect(settings: Settings) -> None:
    """Ring through this Redis in this process; nothing is contacted yet."""
    global _producer
    app = Celery("mobilize-doorbell", broker=celery_url(settings.redis_url), set_as_current=False)
    app.conf.broker_transport_options = producer_options()
    app.conf.broker_connection_timeout = 1.0
    app.conf.task_ignore_result = True
    _producer = app


def wake(stream: str) -> None:
    """After the current unit's commit, wake the workers of a stream."""
    db.after_commit((DRAIN, stream), lambda: ring(DRAIN, stream, queue=stream))


def is_waiting(queue: str) -> bool:
    """Whether a bell hangs in ``queue`` that nobody has answered yet: one more would say nothing new."""
    try:
        return bool(broker.redis().llen(queue))
    except RedisError:
        return False


def ring(task: str, *arguments: str, queue: str) -> bool:
    """Send one wake-up now; whether it was handed over."""
    if _producer is None:
        return False
    try:
        _producer.send_task(task, args=arguments, queue=queue, retry=False, ignore_result=True)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("doorbell.unheard", task=task, queue=queue, error=type(error).__name__)
        return False
    return True
