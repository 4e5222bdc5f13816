"""Whom mail can reach: found by blind index, name and address sealed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, select

from mobilize.core import clock, crypto
from mobilize.core.db import new_uid, session
from mobilize.core.domains import domain_of, readable_domain
from mobilize.core.errors import NotFound
from mobilize.delivery.models import Recipient, RecipientKind, Suppression
from mobilize.delivery.rules import outweighs
from mobilize.delivery.upsert import insert_new

_DECODER = json.JSONDecoder()


class Contact(NamedTuple):
    """A person's mail address and names, in the clear; never stored or logged like this."""

    email: str
    first_name: str = ""
    last_name: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def to_json(self) -> str:
        return json.dumps(self._asdict(), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Contact:
        return cls(**_DECODER.raw_decode(text)[0])


def contact_place(uid: str) -> bytes:
    """Associated data of a recipient's sealed contact."""
    return crypto.associated_data(Recipient.__tablename__, "contact_sealed", uid)


def contact_of(recipient: Recipient) -> Contact:
    """The address and names of a recipient.

    Raises:
        CannotOpen: sealed with a key we do not hold, or moved from another row.
    """
    return Contact.from_json(recipient.contact)


def find_recipient(organisation_id: int, organisation_uid: str, kind: RecipientKind, address: str) -> Recipient | None:
    """The recipient of one kind with this mail address in this organisation, found under its former index too."""
    found = session.scalars(
        select(Recipient).where(
            Recipient.organisation_id == organisation_id,
            Recipient.kind == kind,
            Recipient.address_index.in_(crypto.address_indexes(organisation_uid, address)),
        )
    ).all()
    if not crypto.is_ambiguous(address):
        return found[0] if found else None
    wanted = crypto.normalised_address(address)
    return next((row for row in found if crypto.normalised_address(contact_of(row).email) == wanted), None)


def settle_addresses(organisation_id: int, organisation_uid: str, addresses: Sequence[str]) -> None:
    """Bring what earlier versions stored for these addresses under another blind index to today's.

    Why: an index cannot be computed anew from the table, only from the address, so it happens when the address is
    named again. A suppression moves with its person; one whose person has gone takes effect for whoever comes back.
    """
    unclear = [address for address in addresses if crypto.is_ambiguous(address)]
    if not unclear:
        return
    indexes = {address: crypto.address_indexes(organisation_uid, address) for address in unclear}
    every = {index for found in indexes.values() for index in found}
    people = select(Recipient).where(Recipient.organisation_id == organisation_id, Recipient.address_index.in_(every))
    settled = {
        _settle(row, organisation_uid) for row in session.scalars(people.order_by(Recipient.id).with_for_update())
    }
    for address, (index, *former) in indexes.items():
        if former and index not in settled:
            _carry_suppression(organisation_id, former[0], index, moves=_is_only_former(address))
    session.flush()


def _settle(row: Recipient, organisation_uid: str) -> bytes:
    """Give the row the index of the address that it holds; that index."""
    email = contact_of(row).email
    index = crypto.address_index(organisation_uid, email)
    if row.address_index != index:
        _carry_suppression(row.organisation_id, row.address_index, index, moves=_is_only_former(email))
        row.address_index = index
        row.domain_index = crypto.domain_index(organisation_uid, email)
        session.flush()
    return index


def _is_only_former(address: str) -> bool:
    """Whether no address of today has this one's former index; ``straße.de`` had that of ``strasse.de``."""
    return not readable_domain(domain_of(address)).casefold().isascii()


def _carry_suppression(organisation_id: int, former: bytes, index: bytes, *, moves: bool) -> None:
    at = (Suppression.organisation_id == organisation_id, Suppression.address_index == former)
    old = session.scalar(select(Suppression).where(*at))
    if old is None:
        return
    facts = {"reason": old.reason, "source": old.source, "created_at": old.created_at}
    session.execute(insert_new(Suppression).values(organisation_id=organisation_id, address_index=index, **facts))
    new = session.scalars(
        select(Suppression).where(Suppression.organisation_id == organisation_id, Suppression.address_index == index)
    ).one()
    if outweighs(old.reason, new.reason):
        new.reason, new.source, new.created_at = old.reason, old.source, old.created_at
    if moves:
        session.execute(delete(Suppression).where(*at))


def hold(recipient_id: int) -> Recipient:
    """The recipient's row, locked until the unit ends: what concerns one person happens one after the other.

    Raises:
        NotFound: the person was erased.
    """
    wanted = select(Recipient).where(Recipient.id == recipient_id).with_for_update()
    found = session.scalars(wanted.execution_options(populate_existing=True)).one()
    if found.erased_at is not None:
        raise NotFound("person")
    return found


def find_or_create_recipient(
    organisation_id: int,
    organisation_uid: str,
    kind: RecipientKind,
    address: str,
    language: str,
    first_name: str = "",
    last_name: str = "",
) -> Recipient:
    """The recipient with this address; an existing one keeps its names and language (see ``change_contact``).

    ``address`` is valid already (``core.text.mail_address``). Two requests at once get the same row.
    """
    settle_addresses(organisation_id, organisation_uid, [address])
    found = find_recipient(organisation_id, organisation_uid, kind, address)
    if found is not None:
        return found
    uid = new_uid()
    session.execute(
        insert_new(Recipient).values(
            uid=uid,
            organisation_id=organisation_id,
            kind=kind,
            contact_sealed=crypto.seal(Contact(address, first_name, last_name).to_json(), contact_place(uid)),
            address_index=crypto.address_index(organisation_uid, address),
            domain_index=crypto.domain_index(organisation_uid, address),
            language=language,
            created_at=clock.now(),
        )
    )
    made = find_recipient(organisation_id, organisation_uid, kind, address)
    assert made is not None  # noqa: S101 - inserted above or by a request that committed before us
    return made


def change_contact(
    recipient: Recipient,
    organisation_uid: str,
    *,
    address: str | None = None,
    first_name: str | None = None,
    last_name: str | None = None,
    language: str | None = None,
) -> None:
    """Change what is given; mail that has not left yet goes to the new address under the new name."""
    old = contact_of(recipient)
    new = Contact(
        email=old.email if address is None else address,
        first_name=old.first_name if first_name is None else first_name,
        last_name=old.last_name if last_name is None else last_name,
    )
    if new != old:
        if address is not None:
            settle_addresses(recipient.organisation_id, organisation_uid, [address])
        recipient.contact = new.to_json()
        recipient.address_index = crypto.address_index(organisation_uid, new.email)
        recipient.domain_index = crypto.domain_index(organisation_uid, new.email)
    if language is not None:
        recipient.language = language
    session.flush()
