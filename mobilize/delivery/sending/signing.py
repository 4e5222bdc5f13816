"""Which key signs a mail: the active one of the sender's domain, in the organisation it belongs to."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from sqlalchemy import Connection, Table, select

from mobilize.core import crypto
from mobilize.delivery.mime.dkim import Signer
from mobilize.organisations.models import DkimKey

_keys = cast(Table, DkimKey.__table__)


def signer_for(connection: Connection, organisation_id: int, domain: str) -> Signer | None:
    """The signer of a domain; ``None`` if the organisation has no active key for it."""
    found = connection.execute(
        select(_keys.c.uid, _keys.c.selector, _keys.c.private_key_sealed)
        .where(_keys.c.organisation_id == organisation_id, _keys.c.domain == domain)
        .where(_keys.c.activated_at.is_not(None), _keys.c.retired_at.is_(None))
    ).first()
    if found is None:
        return None
    return _signer(domain, found.selector, found.uid, found.private_key_sealed)


@lru_cache(maxsize=256)
def _signer(domain: str, selector: str, uid: str, private_key_sealed: bytes) -> Signer:
    """Kept, because reading a private key takes as long as a hundred signatures."""
    place = crypto.associated_data(DkimKey.__tablename__, "private_key_sealed", uid)
    return Signer(domain, selector, crypto.unseal(private_key_sealed, place).encode())
