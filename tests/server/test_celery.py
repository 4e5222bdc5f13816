"""The Celery app: what it is set to, and that everything the doorbell names is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import celery_config
import tasks
from mobilize.core import doorbell
from mobilize.core.broker import QUEUES

READY = """
import gc
from unittest.mock import MagicMock
from tasks import worker

worker.Pulse = MagicMock()
worker.start_pulse(sender=MagicMock())
kept = len(gc.get_objects())
for _number in range(1_000_000):
    cycle = []
    cycle.append(cycle)
print(kept, gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_every_bell_has_its_task() -> None:
    """The doorbell names tasks as strings; each is registered under that name."""
    celery_config.app.loader.import_default_modules()

    assert {doorbell.DRAIN, doorbell.TICK, doorbell.LAUNCH} <= celery_config.app.tasks.keys()
    assert tasks.delivery.drain.name == doorbell.DRAIN
    assert tasks.clock.tick.name == doorbell.TICK
    assert tasks.mailings.launch.name == doorbell.LAUNCH


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


def test_a_worker_looks_for_garbage_seldom_but_looks(tmp_path: Path) -> None:
    """What was there when it became ready is never looked at again; a million cycles made afterwards do not pile up."""
    environ = {"MOBILIZE_DATA_DIR": str(tmp_path)}
    ready = subprocess.run([sys.executable, "-c", READY], env=environ, capture_output=True, text=True, check=True)
    looked_at, left_alone, at_the_end = map(int, ready.stdout.split())

    assert looked_at < 1_000 < 50_000 < left_alone
    assert at_the_end < 20_000
