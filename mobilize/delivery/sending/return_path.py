"""The return path of one mail: ``bounces+<token>@domain``, unguessable, in letters that survive a change of case.

RFC 5321 leaves the local part's case to the receiving host, and some relays fold it: hexadecimal, not base64url.
"""

from __future__ import annotations

from mobilize.core.errors import TokenRefused
from mobilize.core.tokens import Purpose, mint_octets, read, spelled

LOCAL = "bounces"


def return_path(delivery_id: int, domain: str) -> str:
    """Where a bounce of this delivery comes back to."""
    return f"{LOCAL}+{mint_octets(Purpose.RETURN_PATH, delivery_id).hex()}@{domain}"


def delivery_of(address: str) -> int:
    """The delivery that a bounce address names.

    Raises:
        TokenRefused: not one of ours, or altered.
    """
    local, _at, _domain = address.rpartition("@")
    name, _plus, token = local.partition("+")
    if name.lower() != LOCAL:
        raise TokenRefused
    try:
        raw = bytes.fromhex(token)
    except ValueError:
        raise TokenRefused from None
    (delivery_id,) = read(Purpose.RETURN_PATH, spelled(raw))
    return delivery_id
