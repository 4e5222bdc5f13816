"""One form of a domain, whatever its spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.core import crypto
from mobilize.core.domains import canonical_domain, domain_of
from mobilize.delivery.mime.header_fields import wire_address


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("Example.ORG", "example.org"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("BÜCHER.de", "xn--bcher-kva.de"),
        ("bu\u0308cher.de", "xn--bcher-kva.de"),
        ("XN--BCHER-KVA.de", "xn--bcher-kva.de"),
        ("straße.de", "xn--strae-oqa.de"),
        ("strasse.de", "strasse.de"),
        ("مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"),
        ("a_b.example.org", "a_b.example.org"),
        ("xn--\u00fc.de", "xn--\u00fc.de"),
    ],
)
def test_spellings_of_a_domain_are_one(spelling: str, canonical: str) -> None:
    """IDNA 2008 after UTS 46, non-transitional; what is no domain stays as it is."""
    assert canonical_domain(spelling) == canonical
    assert domain_of(f"news@{spelling}") == canonical


@given(st.text(max_size=60))
def test_the_canonical_form_is_its_own(text: str) -> None:
    """Any text; nothing is raised."""
    once = canonical_domain(text)
    assert canonical_domain(once) == once


def test_blind_indexes_follow_the_domain_and_not_its_spelling(keyring: object) -> None:
    """Of people, of domains, of accounts and of mailboxes alike."""
    for index in (crypto.address_index, crypto.domain_index, crypto.mailbox_index):
        assert index("one", "x@bücher.de") == index("one", "x@XN--bcher-kva.de")
        assert index("one", "x@straße.de") != index("one", "x@strasse.de")
    assert crypto.login_index("X@bücher.de") == crypto.login_index("x@xn--bcher-kva.de")
    assert crypto.login_index("x@straße.de") != crypto.login_index("x@strasse.de")
    assert wire_address("x@straße.de") == "x@xn--strae-oqa.de"
