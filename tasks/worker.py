"""The life of a worker process: parts opened before work, signs of life meanwhile, a farewell at the end."""

from __future__ import annotations

import logging
import os
from typing import Any

from celery.signals import setup_logging, worker_init, worker_ready, worker_shutdown, worker_shutting_down

from mobilize import tick
from mobilize.core import clock, logs, startup
from mobilize.core.settings import load
from mobilize.delivery.sending.upkeep import take_over
from mobilize.server.pulse import Pulse

_pulse: Pulse | None = None


@setup_logging.connect
def configure_logs(loglevel: int, **_signal: Any) -> None:
    """Instead of Celery's own set-up, which knows no scrubber; its loggers keep the level of the command line."""
    logs.configure()
    for name in ("celery", "kombu"):
        logging.getLogger(name).setLevel(loglevel)
    logging.getLogger("celery.beat").addFilter(one_line)


def one_line(record: logging.LogRecord) -> bool:
    """Beat describes each tick that it cannot ring with three tracebacks; the first line says it all."""
    record.msg, record.args = record.getMessage().partition("\n")[0], ()
    record.exc_info = None
    return True


@worker_init.connect
def open_parts(**_signal: Any) -> None:
    """Before the first task: keys, database, Redis, and what a pass of the clock needs.

    Its steps are imported now, not by the first pass: the reaper compares calendar and monotonic clock from its import
    on, to notice that the calendar was set.
    """
    startup.connect(load(os.environ))
    tick.steps()


@worker_ready.connect
def start_pulse(sender: Any, **_signal: Any) -> None:
    """Once connected to Redis: tell each queue that it is served, and watch the clock."""
    global _pulse
    startup.settle()
    settings = load(os.environ)
    queues = tuple(sender.app.amqp.queues.consume_from)
    _pulse = Pulse(
        sender.hostname,
        queues,
        late=lambda: tick.run_if_late(clock.now(), settings),
        look=lambda: take_over(clock.now()),
    )
    _pulse.start()


@worker_shutting_down.connect
def stop_pulse(**_signal: Any) -> None:
    """SIGTERM: what runs is told to stop between windows."""
    if _pulse is not None:
        _pulse.stop()


@worker_shutdown.connect
def say_farewell(**_signal: Any) -> None:
    """Ended in order: the queue is not served by this worker from now on."""
    if _pulse is not None:
        _pulse.farewell()


def is_stopping() -> bool:
    """Whether this worker was asked to end; long work asks between its steps."""
    return _pulse is not None and _pulse.is_stopping()
