"""``mobilize suppressions``."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import click

from mobilize.cli.session import opened
from mobilize.core import audit, db
from mobilize.core.cells import neutralised
from mobilize.delivery.models import SuppressionReason
from mobilize.delivery.suppression.files import STEP, Imported, exported, import_step, lines_of
from mobilize.organisations.queries import organisation_by_slug
from mobilize.subscribers.sheets import text_of


@click.group()
def suppressions() -> None:
    """Addresses that are not mailed: they outlive lists, imports and erasure."""


@suppressions.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--org", required=True, help="Short name of the organisation.")
@click.option(
    "--reason",
    default=SuppressionReason.MANUAL.value,
    show_default=True,
    type=click.Choice([reason.value for reason in SuppressionReason]),
    help="For lines that give none.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def import_file(file: Path, org: str, reason: str, *, as_json: bool) -> None:
    """Hold back the addresses in FILE: one a line, or a CSV with a column email or address_index (an export's)."""
    lines, found = lines_of(text_of(file)), Imported()
    with opened():
        with db.reading():
            organisation = organisation_by_slug(org)

        def step() -> bool:
            """The next lines; false after the last."""
            chunk = list(islice(lines, STEP))
            import_step(organisation, chunk, SuppressionReason(reason), found)
            return bool(chunk)

        db.in_steps(step)
        with db.writing():
            numbers = {"added": found.added, "known": found.known, "rejected": len(found.rejected)}
            subject = f"organisation:{organisation.uid}"
            audit.record("suppressions.imported", organisation_id=organisation.id, subject=subject, **numbers)
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        click.echo(f"{found.added:,} added, {found.known:,} known, {len(found.rejected):,} rejected")
        for number in found.rejected[:20]:
            click.echo(f"line {number}: not an address or a reason that can be used", err=True)


@suppressions.command("export")
@click.option("--org", required=True, help="Short name of the organisation.")
@click.option("--addresses", is_flag=True, help="Add an email column, filled where somebody here still has it.")
def export(org: str, *, addresses: bool) -> None:
    """Print the list as CSV.

    An address stands for itself by its blind index, which only this organisation's keys can match again: the file
    holds nothing personal and can be imported into the same organisation. With --addresses it is personal data, and
    its making is kept in the audit trail.
    """
    out = csv.writer(sys.stdout)
    out.writerow(["address_index", "reason", "source", "since", *(["email"] if addresses else [])])
    with opened(), db.writing():
        organisation = organisation_by_slug(org)
        for row in exported(organisation.id, with_addresses=addresses):
            since = row.since.isoformat(timespec="seconds")
            cells = [row.mark, row.reason, neutralised(row.source), since]
            out.writerow([*cells, *([neutralised(row.address)] if addresses else [])])
        subject = f"organisation:{organisation.uid}"
        audit.record("suppressions.exported", organisation_id=organisation.id, subject=subject, addresses=addresses)
