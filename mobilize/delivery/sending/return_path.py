"""The return path of one mail: ``bounces+<token>@domain``, unguessable."""

from __future__ import annotations

from mobilize.core.token_addresses import ids_in, token_address
from mobilize.delivery.purposes import RETURN_PATH

LOCAL = "bounces"


def return_path(delivery_id: int, domain: str) -> str:
    """Where a bounce of this delivery comes back to."""
    return token_address(LOCAL, RETURN_PATH, delivery_id, domain=domain)


def delivery_of(address: str) -> int:
    """The delivery that a bounce address names.

    Raises:
        TokenRefused: not one of ours, or altered.
    """
    (delivery_id,) = ids_in(address, LOCAL, RETURN_PATH)
    return delivery_id
