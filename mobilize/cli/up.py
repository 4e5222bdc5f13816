"""``mobilize up``."""

from __future__ import annotations

import os

import click

from mobilize.core.settings import Settings, load
from mobilize.demo import service
from mobilize.serve import serve


@click.command()
@click.option("--demo", is_flag=True, help="Load the demonstration first; again changes nothing.")
def up(demo: bool) -> None:
    """Migrate, then run Redis and the inbox (if none is set), the web server, the workers and the clock."""

    def prepare(settings: Settings) -> list[str]:
        if demo:
            service.load(settings)
        return service.prepare_serving(settings)

    serve(load(os.environ), prepare)
