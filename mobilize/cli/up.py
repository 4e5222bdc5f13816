"""``mobilize up``."""

from __future__ import annotations

import os

import click

from mobilize.core.settings import load
from mobilize.serve import serve


@click.command()
def up() -> None:
    """Migrate, then run Redis and the inbox (if none is set), the web server, the workers and the clock."""
    serve(load(os.environ), lambda _settings: [])
