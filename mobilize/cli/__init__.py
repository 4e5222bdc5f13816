"""The ``mobilize`` command: one file a noun, one service call a command.

A noun's file (``cli/mailing.py``) defines a click group or command; its feature names it in ``Feature.commands``, and
it is imported when somebody asks for it. A command reads its options, opens the parts and one database unit, calls one
service function and prints what it returned::

    @organisation.command()
    @click.option("--slug", required=True)
    @click.option("--name", required=True)
    def create(slug: str, name: str) -> None:
        with opened(), db.writing():
            ref = service.create_organisation(slug=slug, name=name)
        click.echo(ref.slug)

Errors are not caught: ``main`` prints a MobilizeError as one line, ``error: field: message``, and exits with 1.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

import click

from mobilize.core import feature
from mobilize.core.errors import MobilizeError
from mobilize.core.feature import Command
from mobilize.features import FEATURES

OF_NO_FEATURE = (
    Command("up", "mobilize.cli.up:up", "Migrate, then run the whole service until it is stopped."),
    Command("demo", "mobilize.cli.demo:demo", "Load five organisations to look at."),
    Command("play", "mobilize.cli.play:perform", "Rehearse a scenario of the demonstration on a moved clock."),
    Command("doctor", "mobilize.cli.doctor:doctor", "Check every part; exits with 1 if anything is wrong."),
)


class NamedCommands(click.Group):
    """Imports a command when it is asked for, and prints what the product refuses as one line; status 1."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [one.name for one in _commands()]

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        found: list[click.Command] = [feature.load(one.part) for one in _commands() if one.name == name]
        return next(iter(found), None)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of ``--help``, written without importing a single command."""
        with formatter.section("Commands"):
            formatter.write_dl([(one.name, one.help) for one in _commands()])

    def invoke(self, ctx: click.Context) -> object:
        # Imports make hundreds of thousands of objects and no garbage: looking for some takes a sixth of the start.
        gc.set_threshold(100_000, 20, 20)
        try:
            return super().invoke(ctx)
        except MobilizeError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(1)


@click.group(cls=NamedCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mobilize")
def main() -> None:
    """Newsletters and campaign mobilisation for organisations whose readers may be watched."""
    feature.use(FEATURES)


def _commands() -> Sequence[Command]:
    of_features = (command for one in FEATURES for command in one.commands)
    return sorted((*OF_NO_FEATURE, *of_features), key=lambda one: one.name)
