"""Loading the demonstration, arming its first mailing, and keeping it on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

from sqlalchemy import Select, select

from mobilize.accounts.queries import user_by_address
from mobilize.accounts.service import add_member, add_user, new_hash, store_hash
from mobilize.core import clock, db, feature
from mobilize.core.db import session
from mobilize.core.feature import Demonstrated, Feature
from mobilize.core.settings import Settings
from mobilize.demo import content, this_week
from mobilize.demo.accounts import Account, keep_accounts, known_accounts
from mobilize.demo.content import ORGANISATIONS, OrganisationSource
from mobilize.mailings.demonstration import stop_demonstration
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.service import send_mailing
from mobilize.organisations.models import Organisation
from mobilize.organisations.service import Facts, create_organisation
from mobilize.organisations.signing_keys import prepare_key

SHOWN = "brussels"
"""Whose newsletter a newcomer sees arriving: it is in all four languages."""
ARMED_FOR = timedelta(seconds=30)


def load(settings: Settings, slugs: Sequence[str] = ()) -> tuple[Account, ...]:
    """Make what is missing of these organisations, of all five if none is named; the accounts to log in with.

    Each is made in a unit of its own. An organisation that is there already, by whoever made it, is left as it is.
    Without the embedded inbox on loopback there are no accounts. Opens its own units: call it outside any.
    """
    for slug in slugs or ORGANISATIONS:
        with db.reading():
            is_there = session.scalar(_with_slug(slug)) is not None
        if not is_there:
            _load_organisation(slug, settings)
    return _load_accounts(settings) if settings.inbox_enabled else ()


def prepare_serving(settings: Settings) -> list[str]:
    """Arm or stop the demonstration before the service starts; lines that say how to log in. Opens its own units.

    In a rehearsal nothing is armed: its scenario says what is mailed.
    """
    if not settings.inbox_enabled:
        with db.writing():
            this_week.stop_rules()
            stop_demonstration()
        return []
    if settings.rehearsal is not None:
        return []
    with db.writing():
        leaves = _arm()
    first = ["", "The first newsletter reaches the inbox within a minute."] if leaves else []
    return [*first, *_this_week_lines(this_week.make()), *account_lines(known_accounts(settings))]


def _this_week_lines(titles: Sequence[str]) -> list[str]:
    """What a newcomer can look at and press; nothing where no event is ahead."""
    if not titles:
        return []
    told = "Reminders of the first reach the inbox within minutes. Cancel one in its studio, and read the apologies:"
    return ["", told, *(f"  {title}" for title in titles)]


def account_lines(accounts: Sequence[Account]) -> list[str]:
    """One line an account, an organisation after the other; nothing where there is no account."""
    if not accounts:
        return []
    lines = ["", "Log in to the demonstration with"]
    for slug, members in groupby(accounts, key=lambda account: account.organisation):
        lines += [f"  {slug}", *(f"    {one.address:<44}  {one.password}" for one in members)]
    return lines


def _arm() -> bool:
    """Let the first newsletter leave soon, only one that nobody has changed or sent yet; whether one will."""
    untouched = (Mailing.is_demonstration, Mailing.state == MailingState.DRAFT, Mailing.version == 1)
    chosen = select(Mailing).join(Organisation, Organisation.id == Mailing.organisation_id)
    row = session.scalar(chosen.where(Organisation.slug == SHOWN, *untouched).order_by(Mailing.id).limit(1))
    if row is not None:
        send_mailing(row, at=clock.now() + ARMED_FOR)
    return row is not None


def _with_slug(slug: str) -> Select[int]:
    return select(Organisation.id).where(Organisation.slug == slug)


def _load_organisation(slug: str, settings: Settings) -> None:
    """Pictures and the signing key take long: they are made before the unit that writes the rest."""
    source = content.organisation(slug)
    adding = [feature.load(one.demonstration)(_shown(one, source, settings)) for one in _with_something_to_show()]
    prepare_key()
    with db.writing():
        if session.scalar(_with_slug(slug)) is None:
            organisation_id = _add_organisation(source)
            for add in adding:
                add(organisation_id)


def _with_something_to_show() -> list[Feature]:
    return [one for one in feature.used() if one.demonstration]


def _shown(one: Feature, source: OrganisationSource, settings: Settings) -> Demonstrated:
    return Demonstrated(source.slug, source.features.get(one.name), settings.media_dir, settings.base_url)


def _add_organisation(source: OrganisationSource) -> int:
    facts = Facts(
        names=source.names,
        default_language=source.default_language,
        languages=source.languages,
        timezone=source.zone,
        accent=source.accent,
        postal_addresses=source.postal_addresses,
        descriptions=source.label,
    )
    organisation = create_organisation(
        source.slug,
        facts,
        sender_address=source.sender_address,
        sender_names=source.sender_names,
        is_demonstration=True,
    )
    return organisation.id


def _load_accounts(settings: Settings) -> tuple[Account, ...]:
    """Accounts in the organisations that are the demonstration's own, each in a unit of its own: hashing takes long."""
    known = {account.address for account in known_accounts(settings)}
    with db.reading():
        own = select(Organisation.slug, Organisation.id).where(Organisation.is_demonstration)
        ids = dict(session.execute(own).all())
    shown = tuple(account for account in keep_accounts(settings) if account.organisation in ids)
    for account in shown:
        made = new_hash("password", account.password, account.address)
        with db.writing():
            _ensure_account(account, ids[account.organisation], made, password_is_new=account.address not in known)
    return shown


def _ensure_account(account: Account, organisation_id: int, made: str, *, password_is_new: bool) -> None:
    """Make the account, or give it the new password if the file with its old one was lost."""
    user = user_by_address(account.address)
    if user is None:
        user = add_user(account.address, made, is_demonstration=True)
        add_member(user, organisation_id, account.role)
    elif user.is_demonstration and password_is_new:
        store_hash(user, made)
