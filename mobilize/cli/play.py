"""``mobilize play``."""

from __future__ import annotations

import signal
import sys
from types import FrameType

import click

from mobilize.demo.play import SCENARIOS, play


@click.command(name="play")
@click.argument("scenario", type=click.Choice(sorted(SCENARIOS)))
def perform(scenario: str) -> None:
    """Rehearse a scenario on a moved clock, in an installation of its own of which nothing remains.

    Prints a line a mail: local time, audience, language, subject, reason. It never opens the configured database or
    mail server.
    """
    signal.signal(signal.SIGTERM, _end)
    play(scenario, click.echo)


def _end(_number: int, _frame: FrameType | None) -> None:
    """As Ctrl-C does: the processes end first, and then the folder goes."""
    sys.exit(128 + signal.SIGTERM)
