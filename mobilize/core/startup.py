"""Opening this process's parts: what web, workers, beat and commands have in common."""

from __future__ import annotations

from mobilize.core import broker, crypto, db, doorbell, keys, limits, links
from mobilize.core.settings import Settings


def connect(settings: Settings) -> None:
    """Load the keys and use the database and Redis of ``settings`` in this process.

    Raises:
        ConfigurationError: a key is missing or unreadable.
    """
    crypto.use(keys.load(settings))
    db.connect(settings.database_url)
    links.use(settings.base_url, settings.leave_domain)
    broker.connect(settings)
    limits.connect(settings)
    doorbell.connect(settings)
