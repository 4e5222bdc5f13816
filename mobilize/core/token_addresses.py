"""Mail addresses that carry a token, ``name+<token>@domain``, in letters that survive a change of case.

RFC 5321 leaves the local part's case to the receiving host, and some relays fold it: hexadecimal, not base64url.
"""

from __future__ import annotations

from mobilize.core.errors import TokenRefused
from mobilize.core.tokens import Purpose, mint_octets, read, spelled


def token_address(name: str, purpose: Purpose, *ids: int, domain: str) -> str:
    """An unguessable address for these ids."""
    return f"{name}+{mint_octets(purpose, *ids).hex()}@{domain}"


def ids_in(address: str, name: str, purpose: Purpose) -> tuple[int, ...]:
    """The ids that such an address names, whatever its domain.

    Raises:
        TokenRefused: another name, or a token that is not one of ours, altered, or of another purpose.
    """
    local, _at, _domain = address.rpartition("@")
    found, _plus, token = local.partition("+")
    if found.lower() != name:
        raise TokenRefused
    try:
        octets = bytes.fromhex(token)
    except ValueError:
        raise TokenRefused from None
    return read(purpose, spelled(octets))
