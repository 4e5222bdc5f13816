"""The return path of one mail: ``bounces+<token>@domain``, unguessable, in letters that survive a change of case.

RFC 5321 leaves the local part's case to the receiving host, and some relays fold it: hexadecimal, not base64url.
"""

from __future__ import annotations

import base64

from mobilize.core.errors import TokenRefused
from mobilize.core.tokens import Purpose, mint, read

LOCAL = "bounces"


def return_path(delivery_id: int, domain: str) -> str:
    """Where a bounce of this delivery comes back to."""
    token = mint(Purpose.RETURN_PATH, delivery_id)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    return f"{LOCAL}+{raw.hex()}@{domain}"


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
    (delivery_id,) = read(Purpose.RETURN_PATH, base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii"))
    return delivery_id
