"""Where a request comes from: as limits count it, and whether it can only have come from this machine."""

from __future__ import annotations

import ipaddress

from flask import request

from mobilize.core import clock, crypto
from mobilize.core.settings import is_loopback_authority

_PASSED_ON = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")


def client_key() -> bytes:
    """Who is asking: the network address (of IPv6 the /64 that one customer has), hashed under today's salt."""
    return crypto.client_index(_network(request.remote_addr or ""), clock.now().date().isoformat())


def site_key() -> bytes | None:
    """The IPv6 /48 that a site has at most (RFC 6177), hashed under today's salt; ``None`` for an IPv4 client."""
    try:
        parsed = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return None
    if parsed.version == 4 or parsed.ipv4_mapped:
        return None
    return crypto.client_index(str(ipaddress.ip_network((parsed, 48), strict=False)), clock.now().date().isoformat())


def is_on_this_machine() -> bool:
    """Whether the request names this machine and no proxy or tunnel says that it passed it on."""
    return is_loopback_authority(request.host) and not any(name in request.headers for name in _PASSED_ON)


def _network(address: str) -> str:
    """A socket on [::] shows IPv4 visitors as ``::ffff:a.b.c.d`` (RFC 4291, 2.5.5.2): they are not one customer."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
