"""``mobilize org``."""

from __future__ import annotations

import click

from mobilize.cli.session import opened
from mobilize.core import db, text
from mobilize.core.i18n import LANGUAGES
from mobilize.organisations import service
from mobilize.organisations.rules import derived_sender
from mobilize.organisations.signing_keys import prepare_key


@click.group("org")
def organisation() -> None:
    """Organisations, who own everything else."""


@organisation.command()
@click.option("--slug", required=True, help="Short name for addresses: lower-case letters, digits, hyphens.")
@click.option("--name", required=True, help="The name that readers see.")
@click.option(
    "--language", "languages", multiple=True, default=("en",), help="May be repeated; the first is the default."
)
@click.option("--sender", help="The address that mail comes from; else news@ this service's domain.")
@click.option("--zone", default="UTC", show_default=True, help="IANA time zone, such as Europe/Brussels.")
def create(slug: str, name: str, languages: tuple[str, ...], sender: str | None, zone: str) -> None:
    """Make an organisation with its sender and the key that signs its mail; prints its short name."""
    facts = service.Facts(
        names={languages[0]: text.required_line("name", name)},
        default_language=languages[0],
        languages=languages,
        timezone=zone,
    )
    with opened() as settings:
        address = sender or derived_sender(slug, settings.base_url)
        prepare_key()
        with db.writing():
            ref = service.create_organisation(slug, facts, sender_address=address)
            service.give_word(ref.id, address)
    click.echo(ref.slug)
    click.echo(f"Its mail comes from {address}. Languages to choose from: {', '.join(LANGUAGES)}.", err=True)
