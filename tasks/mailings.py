"""Mailings that are sent now."""

from __future__ import annotations

import os

from celery import shared_task

from mobilize.core.doorbell import LAUNCH
from mobilize.core.settings import load
from mobilize.mailings.launch import launch_due


@shared_task(name=LAUNCH)
def launch() -> None:
    """Launch what is due, without waiting for the clock."""
    launch_due(demonstration=load(os.environ).inbox_enabled)
