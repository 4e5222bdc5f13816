"""``mobilize demo``."""

from __future__ import annotations

import click

from mobilize.cli.session import opened
from mobilize.demo import service
from mobilize.demo.content import ORGANISATIONS


@click.command()
@click.option("--org", "slug", type=click.Choice(ORGANISATIONS), help="Only this one.")
def demo(slug: str | None) -> None:
    """Load five organisations with forms, readers under example.org and a newsletter each; again changes nothing."""
    with opened() as settings:
        accounts = service.load(settings, (slug,) if slug else ())
    lines = service.account_lines(accounts)
    click.echo("\n".join(lines).strip() or "Loaded. Accounts to log in with exist on loopback with the inbox only.")
