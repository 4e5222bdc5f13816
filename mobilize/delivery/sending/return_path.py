"""The return path of one mail: ``bounces+<token>@domain``, unguessable.

A letter to a decision maker has a random key in the token's place, which stands in the ledger and nowhere else: its
receiver keeps it for years, and nobody who holds our keys can tell from it which delivery it was, once the row is gone.
"""

from __future__ import annotations

import re

from mobilize.core.token_addresses import ids_in, token_address
from mobilize.delivery.purposes import RETURN_PATH

LOCAL = "bounces"
KEY_OCTETS = 16

_KEY = re.compile(rf"{LOCAL}\+([0-9a-f]{{{2 * KEY_OCTETS}}})@", re.IGNORECASE)
"""A token is longer: it holds an id beside a MAC of as many octets."""


def return_path(delivery_id: int, domain: str, key: bytes | None = None) -> str:
    """Where a bounce of this delivery comes back to; ``key`` is the random one of its row, if it has one."""
    if key is not None:
        return f"{LOCAL}+{key.hex()}@{domain}"
    return token_address(LOCAL, RETURN_PATH, delivery_id, domain=domain)


def delivery_of(address: str) -> int:
    """The delivery that a bounce address names by its token.

    Raises:
        TokenRefused: not one of ours, or altered.
    """
    (delivery_id,) = ids_in(address, LOCAL, RETURN_PATH)
    return delivery_id


def key_in(address: str) -> bytes | None:
    """What stands in the place of a random key; only the ledger tells whether it is one."""
    found = _KEY.match(address)
    return bytes.fromhex(found[1]) if found else None
