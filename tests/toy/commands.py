"""``mobilize fair``."""

from __future__ import annotations

from datetime import datetime

import click

from mobilize.cli.session import opened
from mobilize.core import db
from mobilize.organisations.queries import organisation_by_slug
from tests.toy import service


@click.group()
def fair() -> None:
    """Fairs."""


@fair.command()
@click.option("--org", required=True)
@click.option("--slug", required=True)
@click.option("--title", required=True)
@click.option("--at", required=True, type=click.DateTime(["%Y-%m-%dT%H:%M%z"]))
def create(org: str, slug: str, title: str, at: datetime) -> None:
    """Write a fair."""
    with opened(), db.writing():
        row = service.create_fair(organisation_by_slug(org).id, slug, title, at)
    click.echo(row.slug)
