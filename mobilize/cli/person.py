"""``mobilize person``."""

from __future__ import annotations

import click

from mobilize.cli.session import opened
from mobilize.core import db, passing_files
from mobilize.core.errors import NotFound
from mobilize.core.text import mail_address
from mobilize.organisations.queries import Brand, brand_by_slug
from mobilize.people import service
from mobilize.people.erasing import BY_COMMAND, begin_erasure, finish_erasures
from mobilize.people.queries import FoundPerson, find_person


@click.group()
def person() -> None:
    """One person: what is held about them; erasing them."""


@person.command()
@click.argument("address")
@click.option("--org", required=True, help="Slug of the organisation.")
@click.option("--html", "kind", flag_value=service.HTML, help="A page to read, in the person's language.")
@click.option("--json", "kind", flag_value=service.JSON, default=True, help="Data for programs (the default).")
@click.option("--file", "as_file", is_flag=True, help="Write a file that stays for seven days, and print its path.")
def export(address: str, org: str, kind: str, *, as_file: bool) -> None:
    """Print everything held about the person with ADDRESS."""
    with opened() as settings, db.writing():
        organisation = brand_by_slug(org)
        found = _person(organisation, address)
        text = service.export_person(organisation, found, kind, found.language)
        if as_file:
            with passing_files.create(settings.files_dir, f"{organisation.slug}.{found.uid}.{kind}") as file:
                file.write(text)
            text = file.name
    click.echo(text)


@person.command()
@click.argument("address")
@click.option("--org", required=True, help="Slug of the organisation.")
def erase(address: str, org: str) -> None:
    """Erase the person with ADDRESS: nothing that is held about them is left, and it cannot be undone."""
    with opened() as settings:
        with db.writing():
            organisation = brand_by_slug(org)
            found = _person(organisation, address)
            begin_erasure(organisation.id, found.recipient_ids, BY_COMMAND)
        finish_erasures(settings)
    click.echo(found.uid)


def _person(organisation: Brand, address: str) -> FoundPerson:
    found = find_person(organisation.ref, mail_address("address", address))
    if found is None:
        raise NotFound("person")
    return found
