"""The Celery app: what it is set to, and that everything the doorbell names is there."""

from __future__ import annotations

import celery_config
import tasks
from mobilize.core import doorbell
from mobilize.core.broker import QUEUES


def test_every_bell_has_its_task() -> None:
    """The doorbell names tasks as strings; each is registered under that name."""
    celery_config.app.loader.import_default_modules()

    assert {doorbell.DRAIN, doorbell.TICK} <= celery_config.app.tasks.keys()
    assert tasks.delivery.drain.name == doorbell.DRAIN
    assert tasks.clock.tick.name == doorbell.TICK


def test_messages_are_json_and_leave_nothing_behind() -> None:
    """No pickle is accepted, no result is kept, one message is taken at a time, and no worker takes orders."""
    conf = celery_config.app.conf

    assert conf.accept_content == ["json"]
    assert conf.task_serializer == "json"
    assert conf.result_backend is None
    assert conf.worker_prefetch_multiplier == 1
    assert conf.worker_enable_remote_control is False


def test_the_clock_beats_into_a_queue_that_is_served() -> None:
    """A beat that nobody answered expires instead of piling up."""
    (entry,) = celery_config.app.conf.beat_schedule.values()

    assert entry["options"]["queue"] in QUEUES
    assert entry["options"]["expires"] > entry["schedule"]


def test_a_lost_broker_is_looked_for_without_end() -> None:
    """A worker never gives up on Redis by itself, at its start neither."""
    conf = celery_config.app.conf

    assert conf.broker_connection_max_retries is None
    assert conf.broker_connection_retry_on_startup is True
