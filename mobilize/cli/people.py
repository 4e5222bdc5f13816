"""``mobilize list create`` and ``mobilize import``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from mobilize.cli.session import opened
from mobilize.core import db
from mobilize.core.i18n import _, show_number
from mobilize.organisations.queries import Brand, brand_by_slug
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
@click.option("--encoding", default="", help="How a CSV file is encoded, if it is not UTF-8 (windows-1256, macroman).")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def import_people(
    file: Path, org: str, list_slug: str, consent: str, encoding: str, *, dry_run: bool, as_json: bool
) -> None:
    """Bring people in from a CSV or XLSX file.

    Its header line names the columns: email, first_name, last_name, language, and fields of the organisation by their
    short names. A blank cell keeps what is known.
    """
    with opened() as settings:
        with db.reading():
            organisation = brand_by_slug(org)
        files = settings.files_dir
        report = import_file(file, organisation, list_slug, consent, files=files, dry_run=dry_run, encoding=encoding)
    click.echo(json.dumps(asdict(report)) if as_json else "\n".join(_lines(report, organisation, dry_run=dry_run)))


def _lines(report: Report, organisation: Brand, *, dry_run: bool) -> Iterator[str]:
    if dry_run:
        yield _("Nothing was stored: this was a dry run")
    for name in ("created", "updated", "unchanged", "suppressed", "rejected"):
        yield f"{name:<11}{getattr(report, name):>9,}"
    for language, number in sorted(report.other_languages.items()):
        default = organisation.default_language
        yield _("%(count)s with the language “%(language)s” get %(default)s, the organisation’s own",
                count=show_number(number), language=language, default=default)  # fmt: skip
    if report.samples:
        yield _("Read as %(encoding)s: %(words)s", encoding=report.encoding, words=", ".join(report.samples))
    if report.rejects_file:
        yield _("The refused lines and why, for seven days: %(path)s", path=report.rejects_file)
