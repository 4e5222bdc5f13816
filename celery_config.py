"""The Celery app: broker, queues and the clock, built from settings. No logic.

Messages are wake-ups: they hold names of streams and ids, and they are acknowledged before the work, because the
database says what is left to do and the next tick rings again. Nothing is scheduled in Redis (no ETA, no countdown).
Queues are addressed directly (the default exchange), so a Redis that was emptied needs nothing declared anew.
"""

from __future__ import annotations

import os

from celery import Celery

from mobilize.core.broker import celery_url
from mobilize.core.doorbell import TICK
from mobilize.core.heartbeat import SECONDS_BETWEEN_TICKS
from mobilize.core.settings import load

app = Celery("mobilize", broker=celery_url(load(os.environ).redis_url), include=["tasks"])
app.conf.update(
    accept_content=["json"],
    beat_schedule={
        "tick": {
            "task": TICK,
            "schedule": SECONDS_BETWEEN_TICKS,
            "options": {"queue": "background", "expires": 3 * SECONDS_BETWEEN_TICKS},
        }
    },
    beat_scheduler="celery.beat:Scheduler",
    broker_connection_max_retries=None,
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=2.0,
    broker_transport_options={
        "health_check_interval": 10,
        "socket_connect_timeout": 2.0,
        "socket_keepalive": True,
        "visibility_timeout": 600,
    },
    task_create_missing_queues=True,
    task_default_queue="background",
    task_ignore_result=True,
    task_publish_retry=False,
    task_routes={"tasks.*": {"queue": "background"}},
    task_serializer="json",
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=1,
    worker_redirect_stdouts=False,
    worker_send_task_events=False,
)
