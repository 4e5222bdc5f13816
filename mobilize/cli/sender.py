"""``mobilize sender``."""

from __future__ import annotations

import click

from mobilize.cli.session import opened
from mobilize.core import db
from mobilize.organisations import service
from mobilize.organisations.queries import organisation_by_slug


@click.group("sender")
def sender() -> None:
    """The addresses that organisations send from."""


@sender.command()
@click.argument("address")
@click.option("--org", "slug", required=True, help="The organisation's short name.")
def allow(address: str, slug: str) -> None:
    """Let an organisation send from ADDRESS on your word, without its key in DNS."""
    with opened(), db.writing():
        allowed = service.give_word(organisation_by_slug(slug).id, address)
    click.echo(f"{slug} may send from {allowed}.")
