"""``mobilize up``."""

from __future__ import annotations

import os

import click

from mobilize.core import audit
from mobilize.core.settings import Settings, load
from mobilize.demo import service as demonstration
from mobilize.serve import serve


@click.command()
@click.option("--demo", "with_demonstration", is_flag=True, help="Load the demonstration first, as `mobilize demo`.")
def up(*, with_demonstration: bool) -> None:
    """Migrate, then run Redis and the inbox (if none is set), the web server, the workers and the clock."""
    serve(load(os.environ), _load_and_prepare if with_demonstration else _prepare)


def _load_and_prepare(settings: Settings) -> list[str]:
    click.echo("Loading the demonstration …")
    with audit.acting_as("command"):
        demonstration.load(settings)
    return _prepare(settings)


def _prepare(settings: Settings) -> list[str]:
    with audit.acting_as("command"):
        return demonstration.prepare_serving(settings)
