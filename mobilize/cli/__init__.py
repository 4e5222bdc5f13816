"""The ``mobilize`` command: one file a noun, one service call a command.

A noun's file (``cli/mailing.py``) defines a click group or command; this file adds it to ``main``. A command reads
its options, opens the parts and one database unit, calls one service function and prints what it returned::

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

import sys

import click

from mobilize.cli import bounces, demo, doctor, mailing, media, organisation, people, suppressions, up, user
from mobilize.core.errors import MobilizeError


class OneLineErrors(click.Group):
    """Prints what the product refuses as one line on standard error; status 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except MobilizeError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(1)


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mobilize")
def main() -> None:
    """Newsletters and campaign mobilisation for organisations whose readers may be watched."""


main.add_command(up.up)
main.add_command(demo.demo)
main.add_command(doctor.doctor)
main.add_command(people.lists)
main.add_command(people.import_people)
main.add_command(organisation.organisation)
main.add_command(user.user)
main.add_command(mailing.mailing)
main.add_command(media.media)
main.add_command(bounces.bounces)
main.add_command(suppressions.suppressions)
