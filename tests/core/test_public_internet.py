"""Which addresses are public: also those that carry an inner one in an IPv6 address."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.core import public_internet
from mobilize.core.public_internet import NotPublic, is_public, resolved

PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e", "::ffff:93.184.215.14"]
INSIDE = [
    "127.0.0.1", "10.1.2.3", "100.64.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.251", "255.255.255.255", "240.0.0.1",
    "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "fe80::1%eth0", "fec0::1", "fd00::1", "ff0e::1",
    "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::5db8:d70e", "2002:7f00:1::1", "2002:a9fe:a9fe::",
    "2001:0:7f00:1::", "2001:0:5db8:d70e:0:0:80ff:fffe", "2606:2800::5efe:a00:1", "2606:2800::200:5efe:7f00:1",
    "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_outside_is_public(address: str) -> None:
    """IPv4 through NAT64 too: on networks with IPv6 only, every IPv4 host looks like that."""
    assert is_public(address)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not(address: str) -> None:
    """Whatever form it is written in: mapped, translated, tunnelled, site-local, multicast."""
    assert not is_public(address)


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "64:ff9b::{}", "::{}", "::ffff:0:{}", "2002:{}::1"]))
def test_a_form_is_never_more_public_than_the_address_in_it(inner: IPv4Address, form: str) -> None:
    """No spelling of an inner IPv4 address opens a way to it."""
    text = f"{inner.packed[:2].hex()}:{inner.packed[2:].hex()}" if form.startswith("2002") else str(inner)
    assert is_public(str(inner)) or not is_public(str(IPv6Address(form.format(text))))


def test_one_inner_address_among_the_answers_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the first attempt fails and the second one reaches what stands inside."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 25)) for address in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(public_internet.socket, "getaddrinfo", lambda *_args, **_options: found)
    with pytest.raises(NotPublic):
        resolved("mail.example.org", 25, public_only=True)
    assert len(resolved("mail.example.org", 25, public_only=False)) == 2
