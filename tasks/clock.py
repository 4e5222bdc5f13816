"""Time passes."""

from __future__ import annotations

import os

from celery import shared_task

from mobilize import tick as pass_of_the_clock
from mobilize.core import clock
from mobilize.core.doorbell import TICK
from mobilize.core.settings import load


@shared_task(name=TICK)
def tick() -> None:
    """One pass, unless one ran just now."""
    pass_of_the_clock.run(clock.now(), load(os.environ))
