"""Mail domains that are mistyped: a hint, which never keeps out whoever means it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.visitors.typos import MAILBOXES, likely_address


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmail.con", "gmail.com"),
        ("gmial.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.con", "gmail.com"),
        ("Hotmial.com", "hotmail.com"),
        ("telent.be", "telenet.be"),
        ("example.con", "example.com"),
        ("amnesty.ogr", "amnesty.org"),
    ],
)
def test_a_slip_is_seen(typed: str, meant: str) -> None:
    """One letter missing, added, another or swapped, or an ending that does not exist."""
    assert likely_address(f"amina@{typed}") == f"amina@{meant}"


@pytest.mark.parametrize("typed", ["example.org", "brussels.be", "mail.com", "ymail.com", "gmx.de", "xn--bcher-kva.de"])
def test_what_exists_is_no_slip(typed: str) -> None:
    """Domains of organisations, and known ones that look like others."""
    assert likely_address(f"amina@{typed}") == ""


@given(st.sampled_from(sorted(MAILBOXES)))
def test_a_known_domain_is_never_questioned(domain: str) -> None:
    """Whoever has a mailbox there types it right."""
    assert likely_address(f"amina@{domain}") == ""


@given(st.text(max_size=40))
def test_anything_has_an_answer(address: str) -> None:
    """Whatever is typed; a hint is itself beyond question."""
    assert likely_address(likely_address(address)) == ""
