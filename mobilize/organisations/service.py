"""Changes to an organisation. Nothing here commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import select

from mobilize.core import audit, clock, crypto, text
from mobilize.core.db import session
from mobilize.core.domains import canonical_domain, domain_of
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.core.roles import OrganisationRef
from mobilize.organisations import colour, rules
from mobilize.organisations.models import Organisation, SenderProof, SendingIdentity
from mobilize.organisations.queries import brand, organisation_row, require_own_domain, sender_row, signing_key
from mobilize.organisations.signing_keys import make_dkim_key

_NO_TEXTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Facts:
    """What an organisation is set to; texts by language, ``accent`` ``#rrggbb``, ``timezone`` an IANA zone.

    A text that does not hold is refused under its name and language, such as ``names_fr``.
    """

    names: Mapping[str, str]
    default_language: str = "en"
    languages: Sequence[str] = ("en",)
    timezone: str = "UTC"
    accent: str = "#1f5f99"
    postal_addresses: Mapping[str, str] = field(default_factory=dict)
    website: str = ""
    descriptions: Mapping[str, str] = field(default_factory=dict)


def create_organisation(
    slug: str,
    facts: Facts,
    *,
    sender_address: str,
    sender_names: Mapping[str, str] = _NO_TEXTS,
    is_demonstration: bool = False,
) -> OrganisationRef:
    """A new organisation with its default sender and a signing key for the sender's domain.

    The sender is called like the organisation unless ``sender_names`` say otherwise.

    Raises:
        Conflict: the slug is taken.
        Refused: a value that does not hold, with its field (``slug``, ``sender_address``, a field of ``facts``).
    """
    slug = rules.usable_slug(slug)
    if session.scalar(select(Organisation.id).where(Organisation.slug == slug)) is not None:
        raise Conflict(_("There is an organisation with this short name already"))
    row = Organisation(slug=slug, is_demonstration=is_demonstration, created_at=clock.now(), **_checked(facts))
    session.add(row)
    session.flush()
    _add_sender(row.id, sender_names or row.names or {row.default_language: slug}, sender_address)
    audit.record("organisation.created", organisation_id=row.id, subject=f"organisation:{row.uid}")
    return brand(row.id).ref


def change_settings(organisation_id: int, facts: Facts) -> None:
    """Set everything in ``facts``; the trail names the fields that changed, not their values.

    Raises:
        NotFound: no such organisation.
        Refused: a value that does not hold, with its field.
    """
    row = organisation_row(organisation_id)
    wanted = _checked(facts)
    changed = [key for key, value in wanted.items() if getattr(row, key) != value]
    for key in changed:
        setattr(row, key, wanted[key])
    if changed:
        subject = f"organisation:{row.uid}"
        audit.record("organisation.changed", organisation_id=row.id, subject=subject, fields=changed)


def change_sender(organisation_id: int, *, names: Mapping[str, str], address: str, reply_to: str = "") -> None:
    """Send from another address from now on; mails already launched keep theirs.

    Raises:
        Refused: an address or a name that cannot stand in a header.
    """
    row = sender_row(organisation_id)
    row.names = _sender_names(names)
    row.address = _unused_address(organisation_id, text.mail_address("sender_address", address), row.id)
    row.reply_to = text.mail_address("reply_to", reply_to) if reply_to.strip() else ""
    _ensure_key(organisation_id, row.address)
    subject = f"organisation:{organisation_row(organisation_id).uid}"
    audit.record("organisation.sender-changed", organisation_id=organisation_id, subject=subject)


def give_word(organisation_id: int, address: str) -> str:
    """Let the organisation send from this address on the operator's word; the address as it is stored.

    Raises:
        Refused: not an address.
    """
    checked = text.mail_address("address", address)
    _add_proof(organisation_id, crypto.normalised_address(checked), "operator")
    return checked


def record_dns_proof(organisation_id: int, domain: str) -> None:
    """DNS shows the organisation's own key for the domain: it may send from there from now on."""
    _add_proof(organisation_id, f"@{canonical_domain(domain)}", "dns")


def change_installation_sender(organisation_id: int, names: Mapping[str, str], address: str) -> None:
    """Set the address that mail about accounts comes from: the operator's own word, so no domain is asked about."""
    row = session.scalar(select(SendingIdentity).where(SendingIdentity.organisation_id == organisation_id))
    if row is None:
        _add_sender(organisation_id, names, address)
        return
    row.address = text.mail_address("sender_address", address)
    _ensure_key(organisation_id, row.address)


def _checked(facts: Facts) -> dict[str, object]:
    return {
        "names": _texts("names", facts.names, text.one_line),
        "default_language": facts.default_language,
        "languages": rules.usable_languages(facts.languages, facts.default_language),
        "timezone": rules.usable_zone(facts.timezone),
        "accent": colour.normal(facts.accent),
        "postal_addresses": _texts("postal_addresses", facts.postal_addresses, text.lines),
        "website": rules.usable_website(facts.website),
        "descriptions": _texts("descriptions", facts.descriptions, text.lines),
    }


def _texts(name: str, texts: Mapping[str, str], checked: Callable[[str, str], str]) -> dict[str, str]:
    """Each language's text as it is stored; one that was not written is not kept, so that it falls back."""
    found = {language: checked(f"{name}_{language}", words) for language, words in texts.items()}
    return {language: words for language, words in found.items() if words}


def _sender_names(names: Mapping[str, str]) -> dict[str, str]:
    found = _texts("sender_names", names, text.one_line)
    if not found:
        raise Refused("sender_names", _("Fill this in"))
    return found


def _add_sender(organisation_id: int, names: Mapping[str, str], address: str) -> None:
    identity = SendingIdentity(
        organisation_id=organisation_id,
        names=_sender_names(names),
        address=text.mail_address("sender_address", address),
        is_default=True,
        created_at=clock.now(),
    )
    session.add(identity)
    session.flush()
    _ensure_key(organisation_id, identity.address)


def _add_proof(organisation_id: int, scope: str, source: str) -> None:
    known = select(SenderProof.id).where(SenderProof.organisation_id == organisation_id, SenderProof.scope == scope)
    if session.scalar(known) is not None:
        return
    session.add(SenderProof(organisation_id=organisation_id, scope=scope, source=source, created_at=clock.now()))
    session.flush()
    subject = f"organisation:{organisation_row(organisation_id).uid}"
    domain = scope.rpartition("@")[2]
    audit.record(
        "organisation.sender-allowed", organisation_id=organisation_id, subject=subject, domain=domain, by=source
    )


def _ensure_key(organisation_id: int, address: str) -> None:
    if signing_key(organisation_id, domain_of(address)) is None:
        make_dkim_key(organisation_id, domain_of(address))


def _unused_address(organisation_id: int, address: str, own_id: int) -> str:
    require_own_domain("sender_address", organisation_id, address)
    other = select(SendingIdentity.id).where(
        SendingIdentity.organisation_id == organisation_id,
        SendingIdentity.address == address,
        SendingIdentity.id != own_id,
    )
    if session.scalar(other) is not None:
        raise Refused("sender_address", _("This address is used already"))
    return address
