"""The most newsletters and appeals that one person gets in some days, where an organisation sets it.

Counted when a page of a launch is written. What a person causes, changes, apologies and news of a release are single
mails and not of a launch: none of them is counted or held back, and neither is mail about an event to who takes part.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, func, select
from sqlalchemy.sql.elements import SQLCoreOperations

from mobilize.core import audit, clock
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.delivery.blocking import pausable
from mobilize.delivery.models import Delivery, DeliveryState
from mobilize.organisations.models import Organisation

LONGEST = 90
_HELD_BACK = (DeliveryState.SUPPRESSED, DeliveryState.REVOKED)
_ledger = cast(Table, Delivery.__table__)


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``mails`` to one person in any ``days`` days."""

    mails: int
    days: int


def cap_of(organisation_id: int) -> Cap | None:
    """None where the organisation sets none."""
    row = session.get_one(Organisation, organisation_id)
    return None if row.most_mails is None else Cap(row.most_mails, row.most_mails_days)


def change_cap(organisation: Organisation, cap: Cap | None) -> None:
    """What is launched from now on follows it; rows that wait already leave.

    Raises:
        Refused: less than one mail, or days beyond what the ledger remembers for certain.
    """
    if cap is not None and cap.mails < 1:
        raise Refused("most_mails", _("Enter 1 or more, or leave it empty"))
    if cap is not None and not 1 <= cap.days <= LONGEST:
        raise Refused("most_mails_days", _("Enter a number from 1 to %(most)s", most=LONGEST))
    if cap == cap_of(organisation.id):
        return
    organisation.most_mails = cap.mails if cap else None
    organisation.most_mails_days = cap.days if cap else organisation.most_mails_days
    audit.record(
        "organisation.cap-changed",
        organisation_id=organisation.id,
        subject=f"organisation:{organisation.uid}",
        most=cap.mails if cap else None,
        days=cap.days if cap else None,
    )


def capped(
    cap: Cap,
    recipient_id: SQLCoreOperations[Any],
    basis_kind: SQLCoreOperations[Any],
    basis_id: SQLCoreOperations[Any],
    stream: SQLCoreOperations[Any],
) -> ColumnElement[bool]:
    """True where the person has as many already; copies that were held back or withdrawn are none."""
    had = _ledger.alias("had")
    count = (
        select(func.count())
        .select_from(had)
        .where(
            had.c.recipient_id == recipient_id,
            had.c.changed_at > clock.now() - timedelta(days=cap.days),
            had.c.state.not_in(_HELD_BACK),
            pausable(had.c.basis_kind, had.c.basis_id, had.c.stream),
        )
        .scalar_subquery()
    )
    return and_(pausable(basis_kind, basis_id, stream), count >= cap.mails)
