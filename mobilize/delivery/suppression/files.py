"""The suppression list in and out of files. Both go step by step, so that no list is too long."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from mobilize.core import crypto, text
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.roles import OrganisationRef
from mobilize.delivery.models import Suppression, SuppressionReason
from mobilize.delivery.recipients import settle_addresses
from mobilize.delivery.suppression.listing import addresses_of
from mobilize.delivery.suppression.service import suppress, suppression_of

STEP = 500
_INDEX_BYTES = 16

Line = tuple[int, Mapping[str, str]]


@dataclass(slots=True)
class Imported:
    """How many addresses were new or held back already, and the numbers of the lines that could not be read."""

    added: int = 0
    known: int = 0
    rejected: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Exported:
    """One line; ``address`` is "" unless it was asked for and somebody still has it."""

    mark: str
    reason: str
    source: str
    since: datetime
    address: str


def lines_of(content: str) -> Iterator[Line]:
    """The lines of a CSV with a header that names ``email`` or ``address_index``, or of a bare list of addresses."""
    header = content.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    rows = csv.reader(io.StringIO(content, newline=""), delimiter=separator)
    names = ["email"] if "@" in header else [name.strip().casefold() for name in next(rows, [])]
    if not {"email", "address_index"} & set(names):
        raise Refused("file", "line 1: name a column email or address_index, or give one address a line")
    for cells in rows:
        if any(map(str.strip, cells)):
            yield rows.line_num, dict(zip(names, cells, strict=False))


def import_step(
    organisation: OrganisationRef, lines: Iterable[Line], reason: SuppressionReason, found: Imported
) -> None:
    """Hold back what these lines name, by ``email`` or by the ``address_index`` of an export of this organisation.

    A line's own ``reason`` goes before the one given. A weaker reason never replaces a stronger one.
    """
    for number, cells in lines:
        try:
            index, why = _index(organisation, cells), _reason(cells, reason)
        except (Refused, ValueError):
            found.rejected.append(number)
            continue
        if suppression_of(organisation.id, index) is None:
            found.added += 1
        else:
            found.known += 1
        suppress(organisation.id, index, why, "import")


def exported(organisation_id: int, *, with_addresses: bool) -> Iterator[Exported]:
    """The whole list, oldest first; addresses in the clear only where they were asked for."""
    last = 0
    while rows := _after(organisation_id, last):
        last = rows[-1].id
        known = addresses_of(organisation_id, [row.address_index for row in rows]) if with_addresses else {}
        for row in rows:
            address = known.get(row.address_index, "")
            yield Exported(row.address_index.hex(), row.reason.value, row.source, row.created_at, address)


def _after(organisation_id: int, last: int) -> Sequence[Suppression]:
    wanted = select(Suppression).where(Suppression.organisation_id == organisation_id, Suppression.id > last)
    return session.scalars(wanted.order_by(Suppression.id).limit(STEP)).all()


def _index(organisation: OrganisationRef, cells: Mapping[str, str]) -> bytes:
    address = cells.get("email", "").strip()
    if address:
        checked = text.mail_address("email", address)
        settle_addresses(organisation.id, organisation.uid, [checked])
        return crypto.address_index(organisation.uid, checked)
    index = bytes.fromhex(cells.get("address_index", ""))
    if len(index) != _INDEX_BYTES:
        raise ValueError("not a blind index")
    return index


def _reason(cells: Mapping[str, str], reason: SuppressionReason) -> SuppressionReason:
    own = cells.get("reason", "").strip()
    return SuppressionReason(own) if own else reason
