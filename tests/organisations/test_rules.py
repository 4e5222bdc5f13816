"""Short names, senders and signing keys."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mobilize.core.errors import Refused
from mobilize.organisations.domain_keys import dkim_record, new_private_key
from mobilize.organisations.rules import derived_sender, is_placeholder, usable_slug


@pytest.mark.parametrize(
    "slug", ["studio", "inbox", "healthz", "u", "", "A", "a_b", "-a", "a--b", "é", "a" * 61, "a\n", "../x"]
)
def test_a_slug_that_cannot_be_an_address_is_refused(slug):
    """Reserved, or of another form."""
    with pytest.raises(Refused, match="slug"):
        usable_slug(slug)


@pytest.mark.parametrize("slug", ["brussels", "kazerne-dossin", "demo", "2024"])
def test_other_slugs_are_taken(slug):
    """Lower-case letters, digits, single hyphens."""
    assert usable_slug(slug) == slug


@pytest.mark.parametrize(
    ("base_url", "sender"),
    [
        ("https://letters.example.net", "news@letters.example.net"),
        ("http://127.0.0.1:8000", "news@city.example.org"),
        ("http://[::1]:8000", "news@city.example.org"),
        ("http://localhost:8000", "news@city.example.org"),
        ("http://box.local", "news@city.example.org"),
    ],
)
def test_a_sender_is_derived_from_our_host_if_it_is_a_domain(base_url, sender):
    """Otherwise from the domain that exists for examples."""
    assert derived_sender("city", base_url) == sender


def test_a_placeholder_is_recognised():
    """By its domain, not by a part of its name."""
    assert is_placeholder("news@city.example.org")
    assert not is_placeholder("news@notexample.org")


def test_a_record_fits_its_key():
    """2,048 bits, and the public half as published is that of the key."""
    pem = new_private_key()
    record = dkim_record("city.example.org", "m1", pem)
    assert load_pem_private_key(pem.encode(), None).key_size == 2048
    assert record.name == "m1._domainkey.city.example.org"
    assert record.value.startswith("v=DKIM1; k=rsa; p=MII")
