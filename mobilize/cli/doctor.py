"""``mobilize doctor``."""

from __future__ import annotations

import os
import sys

import click

from mobilize.core import clock
from mobilize.core.settings import load
from mobilize.doctor import examine


@click.command()
def doctor() -> None:
    """Check keys, database, Redis, workers, the clock, the mail server and DNS; exits with 1 if anything is wrong."""
    healthy = True
    for finding in examine(load(os.environ), clock.now()):
        healthy = healthy and finding.good
        click.echo(f"{'ok ' if finding.good else 'BAD'}  {finding.part:<20} {finding.seen}")
    sys.exit(0 if healthy else 1)
