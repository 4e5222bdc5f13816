"""What owners allow: mails a second for each organisation's senders, and for single domains of readers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import Connection, Table, select

from mobilize.core import crypto
from mobilize.organisations.models import Organisation, SendingRate

_rates, _houses = cast(Table, SendingRate.__table__), cast(Table, Organisation.__table__)
_ALL = select(_rates.c.organisation_id, _houses.c.uid, _rates.c.domain, _rates.c.per_second).join(
    _houses, _houses.c.id == _rates.c.organisation_id
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one organisation; ``domains`` by their blind index. What is not named is not limited.

    ``former`` leads from the index that rows of earlier versions have to today's: both share one pace.
    """

    sender: float | None = None
    domains: Mapping[bytes, float] = field(default_factory=dict)
    former: Mapping[bytes, bytes] = field(default_factory=dict)

    def index_of(self, index: bytes) -> bytes:
        """Today's index for one that a row has."""
        return self.former.get(index, index)


NO_LIMITS = Limits()


def all_limits(connection: Connection) -> dict[int, Limits]:
    """The limits of every organisation that has any, in one statement."""
    senders: dict[int, float] = {}
    domains: defaultdict[int, dict[bytes, float]] = defaultdict(dict)
    former: defaultdict[int, dict[bytes, bytes]] = defaultdict(dict)
    for row in connection.execute(_ALL):
        if row.domain:
            index = crypto.domain_index(row.uid, f"@{row.domain}")
            domains[row.organisation_id][index] = row.per_second
            for old in crypto.former_domain_indexes(row.uid, f"@{row.domain}"):
                former[row.organisation_id][old] = index
        else:
            senders[row.organisation_id] = row.per_second
    return {one: Limits(senders.get(one), domains[one], former[one]) for one in senders.keys() | domains.keys()}
