"""``mobilize media``."""

from __future__ import annotations

from pathlib import Path

import click

from mobilize.cli.session import opened
from mobilize.core import db
from mobilize.media.service import add_picture, require_room, store_picture
from mobilize.organisations.queries import organisation_by_slug


@click.group()
def media() -> None:
    """Pictures for mailings."""


@media.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--org", required=True, help="The organisation's short name.")
def add(file: Path, org: str) -> None:
    """Take a picture in, without what the camera wrote beside it; prints the name that an image block uses."""
    data = file.read_bytes()
    with opened() as settings:
        with db.reading():
            house_id = organisation_by_slug(org).id
            require_room(house_id, settings.media_megabytes)
        stored = store_picture(data, settings.media_dir)
        with db.writing():
            add_picture(house_id, stored)
    if stored.was_animated:
        click.echo("It was animated: only its first frame is kept.", err=True)
    click.echo(stored.name)
