"""``mobilize user``."""

from __future__ import annotations

import secrets
import sys

import click

from mobilize.accounts import colleagues, queries, service
from mobilize.accounts.mails import require_server
from mobilize.cli.session import opened
from mobilize.core import db
from mobilize.core.i18n import LANGUAGES
from mobilize.core.roles import Role
from mobilize.organisations.queries import organisation_by_slug


@click.group()
def user() -> None:
    """Accounts of the people who work here."""


@user.command()
@click.argument("email")
@click.option("--org", required=True, help="Short name of the organisation.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", default="", help="What colleagues call them.")
@click.option("--language", default="en", type=click.Choice(list(LANGUAGES)), help="Language of the studio.")
@click.option("--password-stdin", is_flag=True, help="Read the password's one line from standard input.")
def create(email: str, org: str, role: str, name: str, language: str, password_stdin: bool) -> None:
    """Make an account; an address that has one is invited by email, and accepts the role itself.

    A new account's password is made at random and printed once, unless it was given.
    """
    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    password = secrets.token_urlsafe(15) if given is None else given
    with opened() as settings, db.writing():
        house_id = organisation_by_slug(org).id
        known, words = queries.user_by_address(email), queries.organisation_words([house_id])
        db.release()
        made = service.new_hash("password", password, email, words) if known is None else ""
        if known is not None:
            require_server(settings)
            colleagues.invite(house_id, email, Role(role), invited_by_id=None, language=known.language)
        else:
            account = service.add_user(email, made, name=name, language=language)
            service.add_member(account, house_id, Role(role))
    if known is not None:
        click.echo(f"{email} has an account already and was invited by email to be {role} of {org}")
    elif given is not None:
        click.echo(f"{email} is now {role} of {org}")
    else:
        click.echo(f"{email} is now {role} of {org}; password: {password}")
