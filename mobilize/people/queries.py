"""Reads: one person by address or uid, and everything that features hold about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select

from mobilize.core import feature
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.feature import Section
from mobilize.core.roles import OrganisationRef
from mobilize.core.text import masked_address
from mobilize.delivery.models import Recipient, RecipientKind
from mobilize.delivery.recipients import Contact, contact_of, find_recipient
from mobilize.organisations.queries import brand

KINDS = (RecipientKind.PERSON, RecipientKind.USER)
"""A target is an office that letters are written to: it is changed where targets are."""


@dataclass(frozen=True)
class FoundPerson:
    """A mailbox of an organisation; ``recipient_ids`` are its rows, one a kind."""

    uid: str
    recipient_id: int
    recipient_ids: tuple[int, ...]
    contact: Contact
    language: str

    @property
    def masked(self) -> str:
        return masked_address(self.contact.email)


def find_person(organisation: OrganisationRef, address: str) -> FoundPerson | None:
    """Who has exactly this address, found by its blind index."""
    for kind in KINDS:
        found = find_recipient(organisation.id, organisation.uid, kind, address)
        if found is not None:
            return _person(found)
    return None


def person(organisation_id: int, uid: str) -> FoundPerson:
    """Raises NotFound: the organisation has nobody of this uid, or they were erased."""
    found = session.scalar(_people(organisation_id).where(Recipient.uid == uid))
    if found is None:
        raise NotFound("person")
    return _person(found)


def held_about(found: FoundPerson) -> list[Section]:
    """What every feature holds, the lowest feature first; sections without rows are left out."""
    sections = (one for data in feature.personal_data().values() for one in data.held(found.recipient_ids))
    return [section for section in sections if section.rows]


def masked_addresses(organisation_id: int, uids: Collection[str]) -> dict[str, str]:
    """The organisation's own people among these, by uid."""
    rows = session.scalars(_people(organisation_id).where(Recipient.uid.in_(uids)))
    return {row.uid: masked_address(contact_of(row).email) for row in rows}


def _person(row: Recipient) -> FoundPerson:
    return FoundPerson(row.uid, row.id, tuple(_same_mailbox(row)), contact_of(row), row.language)


def _same_mailbox(row: Recipient) -> Sequence[int]:
    """The ids of its rows under every kind, whichever of its indexes each is stored under."""
    address = contact_of(row).email
    uid = brand(row.organisation_id).uid
    rows = (find_recipient(row.organisation_id, uid, kind, address) for kind in KINDS)
    return sorted({row.id, *(one.id for one in rows if one is not None)})


def _people(organisation_id: int) -> Select[Recipient]:
    mine = (Recipient.organisation_id == organisation_id, Recipient.kind.in_(KINDS))
    return select(Recipient).where(*mine, Recipient.erased_at.is_(None))
