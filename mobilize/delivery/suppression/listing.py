"""The suppression list as staff and operators see it: pages, additions, liftings.

A row names nobody: it is found by the address's blind index, whose hexadecimal form (``mark``) stands for it in URLs
and exports. An address is shown, masked, only while somebody of the organisation still has it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from mobilize.core import audit, crypto, text
from mobilize.core.db import session
from mobilize.core.errors import Conflict, NotFound
from mobilize.core.i18n import _
from mobilize.core.roles import OrganisationRef
from mobilize.core.text import masked_address
from mobilize.delivery.models import Recipient, Suppression, SuppressionReason
from mobilize.delivery.recipients import contact_of, settle_addresses
from mobilize.delivery.smtp.replies import scrubbed
from mobilize.delivery.suppression.service import suppress, suppression_of, unsuppress

PAGE = 50
BY_THEM_ALONE = frozenset({SuppressionReason.WITHDRAWAL, SuppressionReason.COMPLAINT})
"""What only the person ends, by signing up again: they said that they want no mail."""


@dataclass(frozen=True, slots=True)
class Held:
    """One suppressed address; ``masked`` is "" where nobody here has it any more."""

    mark: str
    masked: str
    reason: SuppressionReason
    source: str
    since: datetime

    @property
    def can_be_lifted(self) -> bool:
        return self.reason not in BY_THEM_ALONE


@dataclass(frozen=True, slots=True)
class HeldPage:
    """At most ``PAGE`` addresses, the newest first; ``newer`` and ``older`` are marks, or None at an end."""

    rows: Sequence[Held]
    newer: str | None
    older: str | None


def held_page(organisation_id: int, *, older_than: str = "", newer_than: str = "") -> HeldPage:
    """One page of the list.

    Raises:
        NotFound: a cursor of another organisation.
    """
    wanted = select(Suppression).where(Suppression.organisation_id == organisation_id)
    found = list(session.scalars(_cut(wanted, organisation_id, older_than, newer_than)))
    more, shown = len(found) > PAGE, found[:PAGE]
    if newer_than:
        shown = shown[::-1]
    rows = _held(organisation_id, shown)
    has_newer = bool(older_than) or (bool(newer_than) and more)
    has_older = bool(newer_than) or more
    return HeldPage(
        rows,
        newer=rows[0].mark if rows and has_newer else None,
        older=rows[-1].mark if rows and has_older else None,
    )


def held_count(organisation_id: int) -> int:
    """How many addresses an organisation does not mail."""
    counted = select(func.count()).where(Suppression.organisation_id == organisation_id)
    return session.scalar(counted) or 0


def held(organisation_id: int, mark: str) -> Held:
    """Raises NotFound: this organisation holds no such address back."""
    return _held(organisation_id, [_row(organisation_id, mark)])[0]


def hold_back(organisation: OrganisationRef, address: str, why: str) -> None:
    """Mail an address no more, for a stated reason.

    Raises:
        Refused: not an address, or no reason.
        Conflict: it is held back already.
    """
    checked = text.mail_address("address", address)
    settle_addresses(organisation.id, organisation.uid, [checked])
    index = crypto.address_index(organisation.uid, checked)
    reason = scrubbed(text.required_line("why", why, at_most=100))
    if suppression_of(organisation.id, index) is not None:
        raise Conflict(_("This address is under “Do not mail” already"))
    suppress(organisation.id, index, SuppressionReason.MANUAL, reason)
    audit.record("suppression.added", organisation_id=organisation.id, subject=f"address:{index.hex()}", why=reason)


def lift(organisation: OrganisationRef, mark: str, why: str) -> None:
    """Allow mail to an address again, for a stated reason.

    Raises:
        NotFound: it is not held back.
        Refused: no reason.
        Conflict: the person asked for no mail; only they end that.
    """
    row = _row(organisation.id, mark)
    reason = scrubbed(text.required_line("why", why, at_most=100))
    if row.reason in BY_THEM_ALONE:
        raise Conflict(_("This person asked for no email. Only they can come back, by signing up again"))
    unsuppress(organisation.id, row.address_index, (row.reason,))
    audit.record(
        "suppression.lifted",
        organisation_id=organisation.id,
        subject=f"address:{mark}",
        was=row.reason.value,
        why=reason,
    )


def addresses_of(organisation_id: int, indexes: Collection[bytes]) -> dict[bytes, str]:
    """The addresses that somebody of the organisation still has, in the clear."""
    people = select(Recipient).where(
        Recipient.organisation_id == organisation_id, Recipient.address_index.in_(list(indexes))
    )
    return {row.address_index: contact_of(row).email for row in session.scalars(people)}


def _held(organisation_id: int, rows: Sequence[Suppression]) -> list[Held]:
    known = addresses_of(organisation_id, [row.address_index for row in rows])
    return [
        Held(
            mark=row.address_index.hex(),
            masked=masked_address(known[row.address_index]) if row.address_index in known else "",
            reason=row.reason,
            source=row.source,
            since=row.created_at,
        )
        for row in rows
    ]


def _cut(wanted: Select[Suppression], organisation_id: int, older_than: str, newer_than: str) -> Select[Suppression]:
    """One row more than a page, from the cursor on, in the direction asked for."""
    if newer_than:
        later = Suppression.id > _row(organisation_id, newer_than).id
        return wanted.where(later).order_by(Suppression.id).limit(PAGE + 1)
    if older_than:
        wanted = wanted.where(Suppression.id < _row(organisation_id, older_than).id)
    return wanted.order_by(Suppression.id.desc()).limit(PAGE + 1)


def _row(organisation_id: int, mark: str) -> Suppression:
    try:
        index = bytes.fromhex(mark)
    except ValueError:
        raise NotFound("address") from None
    found = suppression_of(organisation_id, index)
    if found is None:
        raise NotFound("address")
    return found
