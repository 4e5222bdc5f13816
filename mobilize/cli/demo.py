"""``mobilize demo``."""

from __future__ import annotations

import click

from mobilize.cli.session import opened
from mobilize.demo import service


@click.command()
def demo() -> None:
    """Load five organisations with forms, readers under example.org and a newsletter each; again changes nothing."""
    with opened() as settings:
        accounts = service.load(settings)
    lines = service.account_lines(accounts)
    click.echo("\n".join(lines).strip() or "Loaded. Accounts to log in with exist on loopback with the inbox only.")
