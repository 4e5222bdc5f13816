"""``mobilize list create`` and ``mobilize import``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from mobilize.cli.session import opened
from mobilize.core import db
from mobilize.core.i18n import _
from mobilize.organisations.queries import brand_by_slug
from mobilize.subscribers import service
from mobilize.subscribers.importing import Report, import_file


@click.group("list")
def lists() -> None:
    """Lists that people subscribe to."""


@lists.command()
@click.option("--org", required=True, help="Slug of the organisation.")
@click.option("--slug", required=True, help="Short name of the list: lower-case letters, digits, hyphens.")
@click.option("--name", required=True, help="What people read, in the organisation's default language.")
@click.option("--private", is_flag=True, help="Show it on no public page.")
def create(org: str, slug: str, name: str, *, private: bool) -> None:
    """Make a list."""
    with opened(), db.writing():
        organisation = brand_by_slug(org)
        names = {organisation.default_language: name}
        row = service.create_list(organisation.id, slug, names, is_public=not private)
    click.echo(row.slug)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--org", required=True, help="Slug of the organisation.")
@click.option("--list", "list_slug", required=True, help="Slug of the list these people join.")
@click.option("--consent", required=True, help="The wording that these people agreed to.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def import_people(file: Path, org: str, list_slug: str, consent: str, *, dry_run: bool, as_json: bool) -> None:
    """Bring people in from a CSV or XLSX file with a header line (email, first_name, last_name, language)."""
    with opened():
        with db.reading():
            organisation = brand_by_slug(org)
        report = import_file(file, organisation, list_slug, consent, dry_run=dry_run)
    click.echo(json.dumps(asdict(report)) if as_json else _words(report, dry_run=dry_run))


def _words(report: Report, *, dry_run: bool) -> str:
    numbers = {name: value for name, value in asdict(report).items() if name != "rejects_file"}
    found = "\n".join(f"{name:<11}{value:>9,}" for name, value in numbers.items())
    if report.rejects_file:
        found += "\n" + _("The refused lines and why: %(path)s", path=report.rejects_file)
    return f"{_('Nothing was stored: this was a dry run')}\n{found}" if dry_run else found
