"""``mobilize mailing``."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from mobilize.audiences.audience import Audience
from mobilize.audiences.queries import list_ids_by_slug
from mobilize.cli.session import opened
from mobilize.core import db
from mobilize.core.cells import neutralised
from mobilize.core.errors import Refused
from mobilize.core.roles import OrganisationRef
from mobilize.delivery.queries import Held
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.progress import progress_of
from mobilize.mailings.queries import holds_on, mailing_anywhere
from mobilize.mailings.unclear import note_addresses_printed, unclear_copies
from mobilize.organisations.queries import organisation_by_slug

_MAILING = click.argument("mailing_id", metavar="ID")


@click.group()
def mailing() -> None:
    """Mailings: make them, let them leave, watch them."""


@mailing.command()
@click.option("--org", required=True, help="The organisation's short name.")
@click.option("--list", "lists", multiple=True, required=True, help="A list's short name; may be repeated.")
@click.option("--without", multiple=True, help="A list whose people do not get it; may be repeated.")
@click.option("--content", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--urgent", is_flag=True, help="Overtakes other mailings.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(
    org: str, lists: tuple[str, ...], without: tuple[str, ...], content: Path, urgent: bool, as_json: bool
) -> None:
    """Make a draft from a content file; prints its id."""
    text = parse_content_file(content.read_bytes())
    with opened(), db.writing():
        organisation = organisation_by_slug(org)
        chosen, left_out = (
            _lists(organisation, option, slugs) for option, slugs in (("--list", lists), ("--without", without))
        )
        row = service.create_mailing(Audience.of(organisation.id, chosen, left_out), text, is_urgent=urgent)
    click.echo(json.dumps({"id": row.uid}) if as_json else row.uid)


@mailing.command()
@_MAILING
@click.option("--at", help="When, as ISO 8601 with its offset, such as 2024-02-26T15:00+01:00; else now.")
@click.option("--hold", default=0, show_default=True, help="Seconds in which it can be taken back (cancel).")
def send(mailing_id: str, at: str | None, hold: int) -> None:
    """Let a mailing leave, now or at a time; prints the moment."""
    with opened(), db.writing():
        moment = service.send_mailing(mailing_anywhere(mailing_id), at=_moment(at), hold_seconds=hold)
    click.echo(moment.isoformat(timespec="seconds"))


@mailing.command()
@_MAILING
def pause(mailing_id: str) -> None:
    """Let no further copy leave until it is resumed."""
    with opened(), db.writing():
        service.pause(mailing_anywhere(mailing_id))


@mailing.command()
@_MAILING
def resume(mailing_id: str) -> None:
    """Go on where it was paused, or else where a mail server refused it; prints what still holds it."""
    with opened(), db.writing():
        row = mailing_anywhere(mailing_id)
        service.resume(row)
        left = holds_on(row)
    for one in left:
        click.echo(f"still held: {_held(one)}")


@mailing.command()
@_MAILING
def renew(mailing_id: str) -> None:
    """Send those who wait what a mailing shows now, after that changed; prints how many copies are new."""
    with opened(), db.writing():
        count = service.send_on_with_new_content(mailing_anywhere(mailing_id))
    click.echo(count)


@mailing.command()
@_MAILING
def cancel(mailing_id: str) -> None:
    """Stop a mailing for good; prints how many people will not get it."""
    with opened(), db.writing():
        revoked = service.cancel(mailing_anywhere(mailing_id))
    click.echo(revoked)


@mailing.command()
@_MAILING
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(mailing_id: str, as_json: bool) -> None:
    """Where every copy of a mailing is."""
    with opened(), db.reading():
        row = mailing_anywhere(mailing_id)
        found, held = progress_of(row).to_json(), holds_on(row)
    if as_json:
        click.echo(json.dumps({**found, "held_by": [_held_json(one) for one in held]} if held else found))
        return
    for name, value in found.items():
        click.echo(f"{name:12}{value}")
    for one in held:
        click.echo(f"{'held by':12}{_held(one)}")


@mailing.command()
@_MAILING
@click.option("--addresses", is_flag=True, help="Print whole addresses; the activity log keeps that it was done.")
def unknown(mailing_id: str, addresses: bool) -> None:
    """Print the copies of which nobody knows whether they arrived, as CSV.

    Look for the Message-ID in the mail server's log: what it took arrived, the rest can be sent again.
    """
    out = csv.writer(sys.stdout)
    out.writerow(["message_id", "since", "reason", "person"])
    with opened(), db.writing():
        row = mailing_anywhere(mailing_id)
        for one in unclear_copies(row):
            person = one.address if addresses else one.masked
            out.writerow([one.message_id, one.since.isoformat(timespec="seconds"), one.reason, neutralised(person)])
        if addresses:
            note_addresses_printed(row)


def _held(one: Held) -> str:
    return " ".join(part for part in (one.cause.value, f"since {_at(one.since)}", one.reason) if part)


def _held_json(one: Held) -> dict[str, str]:
    return {"cause": one.cause.value, "since": _at(one.since), "reason": one.reason}


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _lists(organisation: OrganisationRef, option: str, slugs: Sequence[str]) -> list[int]:
    found = list_ids_by_slug(organisation.id, slugs)
    missing = [slug for slug in slugs if slug not in found]
    if missing:
        raise Refused(option, f"{organisation.slug} has no list {missing[0]!r}")
    return list(found.values())


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("--at", f"{text!r} is not a moment like 2024-02-26T15:00+01:00") from None
    if moment.tzinfo is None:
        raise Refused("--at", "name the offset from UTC, such as 2024-02-26T15:00+01:00")
    return moment
