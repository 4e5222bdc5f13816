"""Whether an address lies on the public Internet: for connections to hosts whose names others chose (SSRF)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

SocketAddress = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_IPV4_IN_LAST_32_BITS = (
    IPv6Network("64:ff9b::/96"),  # NAT64 (RFC 6052)
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped (RFC 4291, 2.5.5.2)
)
_ISATAP = 0x5EFE


def is_public(address: str) -> bool:
    """Whether this IP address, and each IPv4 address that a translator or tunnel would read out of it, is public.

    Raises:
        ValueError: not an IP address.
    """
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv4Address):
        return _is_public_4(parsed)
    if any(parsed in network for network in _IPV4_IN_LAST_32_BITS):
        return _is_public_4(_last_32_bits(parsed))
    return parsed in _GLOBAL_UNICAST and parsed.is_global and all(map(_is_public_4, _tunnelled(parsed)))


def resolved(host: str, port: int, *, public_only: bool) -> list[SocketAddress]:
    """The addresses of a host, for connecting to exactly these: a second look-up may give others (DNS rebinding).

    Raises:
        OSError: the name has no address.
        NotPublic: one of the addresses is not public.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if public_only and not all(is_public(str(address[0])) for *_kind, address in found):
        raise NotPublic(host)
    return [(family, address) for family, _type, _protocol, _name, address in found]  # type: ignore[misc]


class NotPublic(OSError):
    """A host has an address that is not on the public Internet (RFC 6890)."""


def _is_public_4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _tunnelled(address: IPv6Address) -> Iterator[IPv4Address]:
    """IPv4 addresses to which 6to4 (RFC 3056), Teredo (RFC 4380) and ISATAP (RFC 5214) carry packets."""
    if address.sixtofour is not None:
        yield address.sixtofour
    yield from address.teredo or ()
    if int(address) >> 32 & 0xFCFF_FFFF == _ISATAP:
        yield _last_32_bits(address)


def _last_32_bits(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFF_FFFF)
