"""Whom mail can reach: found by blind index, name and address sealed."""

from __future__ import annotations

import json
from typing import NamedTuple

from sqlalchemy import select

from mobilize.core import clock, crypto
from mobilize.core.db import new_uid, session
from mobilize.delivery.models import Recipient, RecipientKind
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
    """The recipient of one kind with this mail address in this organisation."""
    return session.scalar(
        select(Recipient).where(
            Recipient.organisation_id == organisation_id,
            Recipient.kind == kind,
            Recipient.address_index == crypto.address_index(organisation_uid, address),
        )
    )


def hold(recipient_id: int) -> Recipient:
    """The recipient's row, locked until the unit ends: what concerns one person happens one after the other."""
    wanted = select(Recipient).where(Recipient.id == recipient_id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


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
        recipient.contact = new.to_json()
        recipient.address_index = crypto.address_index(organisation_uid, new.email)
        recipient.domain_index = crypto.domain_index(organisation_uid, new.email)
    if language is not None:
        recipient.language = language
    session.flush()
