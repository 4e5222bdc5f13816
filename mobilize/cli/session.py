"""What every command but ``up`` begins with."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from mobilize import bootstrap
from mobilize.core import audit, logs, startup
from mobilize.core.settings import Settings, load


@contextmanager
def opened() -> Iterator[Settings]:
    """The installation of the environment: made if it is new, its parts open; changes are audited as ``command``.

    Raises:
        ConfigurationError: a setting, a key or the database is not in order.
    """
    settings = load(os.environ)
    logs.configure(logging.WARNING)
    bootstrap.prepare(settings)
    startup.connect(settings)
    with audit.acting_as("command"):
        yield settings
