"""Reads: an organisation as frozen values, for pages, mails and settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from mobilize.core import i18n
from mobilize.core.crypto import normalised_address
from mobilize.core.db import session
from mobilize.core.domains import domain_of
from mobilize.core.errors import NotFound, Refused
from mobilize.core.i18n import _
from mobilize.core.roles import OrganisationRef
from mobilize.organisations.domain_keys import DnsRecord, dkim_record, dmarc_record, spf_record
from mobilize.organisations.models import DkimKey, Organisation, SenderProof, SendingIdentity
from mobilize.organisations.rules import is_placeholder

_ACTIVE = DkimKey.activated_at.is_not(None) & DkimKey.retired_at.is_(None)

IS_TENANT = Organisation.is_installation.is_(False)
"""Every row but the installation's own."""


@dataclass(frozen=True)
class Brand:
    """How an organisation shows itself; ``direction`` is that of its default language.

    What is written in several languages falls back to the default language. A name and an address may be blank.
    """

    id: int
    uid: str
    slug: str
    names: dict[str, str]
    descriptions: dict[str, str]
    default_language: str
    languages: tuple[str, ...]
    direction: str
    timezone: str
    accent: str
    postal_addresses: dict[str, str]
    website: str
    is_demonstration: bool

    def name_in(self, language: str) -> str:
        return i18n.text_in(self.names, language, self.default_language)

    def postal_address_in(self, language: str) -> str:
        return i18n.text_in(self.postal_addresses, language, self.default_language)

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return self.name_in(i18n.current_language())

    @property
    def postal_address(self) -> str:
        """Its address as it is written in the reader's language."""
        return self.postal_address_in(i18n.current_language())

    @property
    def label(self) -> str:
        """What to call it in the reader's language: its name, else what it says of itself, else its slug."""
        about = i18n.text_in(self.descriptions, i18n.current_language(), self.default_language)
        return self.name or about or self.slug

    @property
    def ref(self) -> OrganisationRef:
        return OrganisationRef(self.id, self.uid, self.slug, self.name)


@dataclass(frozen=True)
class SenderIdentity:
    """A From address with its names by language, else in the ``default_language``; ``reply_to`` may be blank."""

    names: dict[str, str]
    default_language: str
    address: str
    reply_to: str

    def name_in(self, language: str) -> str:
        return i18n.text_in(self.names, language, self.default_language)

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return self.name_in(i18n.current_language())

    @property
    def domain(self) -> str:
        return domain_of(self.address)


@dataclass(frozen=True)
class SigningKey:
    """What signs for a domain (RFC 6376); ``private_key`` is PEM."""

    domain: str
    selector: str
    private_key: str


@dataclass(frozen=True)
class DomainKey:
    """A key of a domain in any state, with the record that its receivers look for."""

    uid: str
    selector: str
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None
    record: DnsRecord

    @property
    def waits(self) -> bool:
        return self.activated_at is None and self.retired_at is None


def organisation_by_slug(slug: str) -> OrganisationRef:
    """Raises NotFound: no organisation has this slug."""
    return brand_by_slug(slug).ref


def brand_by_slug(slug: str) -> Brand:
    """Raises NotFound: no organisation has this slug."""
    found = session.scalar(select(Organisation).where(Organisation.slug == slug, IS_TENANT))
    if found is None:
        raise NotFound("organisation")
    return _brand(found)


def brand(organisation_id: int) -> Brand:
    """Raises NotFound: no such organisation."""
    return _brand(organisation_row(organisation_id))


def organisations() -> list[OrganisationRef]:
    """All that have members and pages, by slug: the installation's own row is not among them."""
    return [
        _brand(row).ref for row in session.scalars(select(Organisation).where(IS_TENANT).order_by(Organisation.slug))
    ]


def default_sender(organisation_id: int) -> SenderIdentity:
    """The identity that mails leave from when nobody chose another."""
    row = sender_row(organisation_id)
    default_language = organisation_row(organisation_id).default_language
    return SenderIdentity(dict(row.names), default_language, row.address, row.reply_to)


def signing_key(organisation_id: int, domain: str) -> SigningKey | None:
    """The key that signs for the domain now."""
    row = session.scalar(_keys_of(organisation_id, domain).where(_ACTIVE))
    return None if row is None else SigningKey(row.domain, row.selector, row.private_key)


def domain_keys(organisation_id: int, domain: str) -> list[DomainKey]:
    """Every key of a domain, the newest first."""
    rows = session.scalars(_keys_of(organisation_id, domain).order_by(DkimKey.id.desc()))
    return [
        DomainKey(
            row.uid,
            row.selector,
            row.created_at,
            row.activated_at,
            row.retired_at,
            dkim_record(domain, row.selector, row.private_key),
        )
        for row in rows
    ]


def dns_records(organisation_id: int, mail_host: str | None) -> list[DnsRecord]:
    """What to publish for the default sender's domain; ``mail_host`` is our SMTP server's name."""
    domain = default_sender(organisation_id).domain
    key = signing_key(organisation_id, domain)
    signed = [] if key is None else [dkim_record(domain, key.selector, key.private_key)]
    return [*signed, spf_record(domain, mail_host), dmarc_record(domain)]


def require_own_domain(field: str, organisation_id: int, address: str) -> None:
    """Pass where an organisation may send from an address: it would leave from our servers, which the domain trusts.

    Raises:
        Refused: only other organisations of this installation send from its domain; names ``field``.
    """
    if is_placeholder(address) or may_send_from(organisation_id, address):
        return
    domain = domain_of(address)
    # Domains are stored as they were typed: SQL cannot tell that two spellings are one.
    senders = session.execute(select(SendingIdentity.organisation_id, SendingIdentity.address))
    owners = {row.organisation_id for row in senders if domain_of(row.address) == domain}
    if owners and organisation_id not in owners:
        raise Refused(field, _("Another organisation sends from this domain. Choose an address of your own"))


def may_send_from(organisation_id: int, address: str) -> bool:
    """Whether DNS names the organisation's key for the domain, or the operator gave their word for the address.

    The domains for examples (RFC 2606) are nobody's, and the demonstration never leaves this machine.
    """
    scopes = (normalised_address(address), f"@{domain_of(address)}")
    proof = select(SenderProof.id).where(SenderProof.organisation_id == organisation_id, SenderProof.scope.in_(scopes))
    if is_placeholder(address) or organisation_row(organisation_id).is_demonstration:
        return True
    return session.scalar(proof.limit(1)) is not None


def organisation_row(organisation_id: int) -> Organisation:
    """Raises NotFound: no such organisation."""
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound("organisation")
    return found


def sender_row(organisation_id: int) -> SendingIdentity:
    """The default identity; every organisation is made with one."""
    chosen = select(SendingIdentity).where(
        SendingIdentity.organisation_id == organisation_id, SendingIdentity.is_default
    )
    return session.scalars(chosen).one()


def _keys_of(organisation_id: int, domain: str) -> Select[DkimKey]:
    return select(DkimKey).where(DkimKey.organisation_id == organisation_id, DkimKey.domain == domain)


def _brand(row: Organisation) -> Brand:
    return Brand(
        id=row.id,
        uid=row.uid,
        slug=row.slug,
        names=dict(row.names),
        descriptions=dict(row.descriptions),
        default_language=row.default_language,
        languages=tuple(row.languages),
        direction=i18n.direction(row.default_language),
        timezone=row.timezone,
        accent=row.accent,
        postal_addresses=dict(row.postal_addresses),
        website=row.website,
        is_demonstration=row.is_demonstration,
    )
