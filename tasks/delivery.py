"""Mail leaves."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from celery import shared_task
from celery.signals import worker_shutdown

from mobilize.core.doorbell import DRAIN
from mobilize.core.settings import load
from mobilize.delivery.models import Stream
from mobilize.delivery.sending.worker import Worker
from tasks.worker import is_stopping


@shared_task(name=DRAIN)
def drain(stream: str) -> None:
    """Send what is due in a stream, for a while."""
    _worker().answer_bell(Stream(stream), is_stopping)


@worker_shutdown.connect
def hang_up(**_signal: Any) -> None:
    """Close the connections that were kept open between drains."""
    if _worker.cache_info().currsize:
        _worker().close()


@cache
def _worker() -> Worker:
    """One for the life of the process: it keeps connections and what it compiled."""
    return Worker.of(load(os.environ))
