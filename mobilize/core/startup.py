"""Opening this process's parts: what web, workers, beat and commands have in common."""

from __future__ import annotations

import gc
import os

from mobilize.core import broker, clock, crypto, db, doorbell, feature, keys, limits, links, security_events
from mobilize.core.settings import Settings


def connect(settings: Settings) -> None:
    """Load the keys, and use the database and Redis of ``settings`` and every feature's tables in this process.

    What it writes from now on is open to its user only.

    Raises:
        ConfigurationError: a key is missing or unreadable.
    """
    make_private()
    clock.rehearse(settings.rehearsal)
    crypto.use(keys.load(settings))
    feature.load_models(feature.used())
    db.connect(settings.database_url)
    links.use(settings.base_url, settings.leave_domain)
    broker.connect(settings)
    limits.connect(settings)
    security_events.connect(settings)
    doorbell.connect(settings)


def make_private() -> None:
    """Whatever this process and its children write from now on, a database too, is open to its user only."""
    os.umask(0o077)


def settle() -> None:
    """For a process that works for long, once everything is imported: look for cycles of garbage seldom.

    What is there now stays, and is never looked at again: to look at all of it stops every connection of a worker for
    a tenth of a second. Counting references frees a mail, not this: a worker makes next to no cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
