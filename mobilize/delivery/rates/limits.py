"""What owners allow: mails a second for each organisation's senders, and for single domains of readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import Connection, Table, select

from mobilize.core import crypto
from mobilize.organisations.models import SendingRate

_rates = cast(Table, SendingRate.__table__)


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one organisation; ``domains`` by their blind index. What is not named is not limited."""

    sender: float | None = None
    domains: Mapping[bytes, float] = field(default_factory=dict)


NO_LIMITS = Limits()


def all_limits(connection: Connection) -> dict[int, Limits]:
    """The limits of every organisation that has any, in one statement."""
    senders: dict[int, float] = {}
    domains: dict[int, dict[bytes, float]] = {}
    for row in connection.execute(select(_rates.c.organisation_id, _rates.c.domain, _rates.c.per_second)):
        if row.domain:
            domains.setdefault(row.organisation_id, {})[crypto.domain_index(f"@{row.domain}")] = row.per_second
        else:
            senders[row.organisation_id] = row.per_second
    return {one: Limits(senders.get(one), domains.get(one, {})) for one in senders.keys() | domains.keys()}
