"""Our signatures hold for another implementation, and break when anything signed is touched."""

from __future__ import annotations

import base64
from datetime import timedelta
from functools import cache

import dkim as reference
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilize.core.errors import ConfigurationError
from mobilize.delivery.mime.dkim import SIGNED, Signer
from mobilize.delivery.mime.message import Rendered
from mobilize.organisations.domain_keys import new_private_key, public_text
from tests.delivery.sample_mail import AT, compiled, rendered


@cache
def key(kind: str) -> bytes:
    return new_private_key(kind).encode()


def signer(kind: str = "rsa") -> Signer:
    return Signer("example.org", kind, key(kind))


def holds(message: bytes, index: int = 0) -> bool:
    """Whether dkimpy finds the signature good, reading our own DNS record."""

    def dns(name: bytes, timeout: int = 5) -> bytes:
        return public_text(key(name.decode().partition(".")[0]).decode()).encode()

    try:
        return bool(reference.DKIM(message).verify(idx=index, dnsfunc=dns))
    except reference.ValidationError:
        return False


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@settings(deadline=None, max_examples=60)
@given(name=st.text(max_size=60), subject=st.text(st.characters(exclude_categories=["C", "Z"]), max_size=90))
def test_dkimpy_verifies_any_message(kind: str, name: str, subject: str) -> None:
    """Whatever stands in body and subject, the signature holds."""
    message = rendered(compiled(subject=subject or "x"), first_name=name)
    assert holds(message.as_bytes(signer(kind).sign(message, AT)))


@settings(deadline=None, max_examples=60)
@given(
    value=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
    body=st.binary(max_size=300),
)
def test_dkimpy_agrees_on_canonical_forms(value: str, body: bytes) -> None:
    """Folding, runs of blanks and odd bodies are read the same way."""
    body = body.replace(b"\r", b"").replace(b"\n", b"\r\n").rstrip(b"\r\n") + b"\r\n"
    message = rendered(compiled())
    changed = Rendered((*message.headers, f"Cc:  {value} \t x\r\n  y\r\n".encode()), (body,))
    assert holds(changed.as_bytes(signer().sign(changed, AT)))


def test_two_signatures_stand_beside_each_other() -> None:
    """RSA for everyone, Ed25519 for those who read it (RFC 8463)."""
    message = rendered(compiled())
    raw = message.as_bytes(signer("rsa").sign(message, AT), signer("ed25519").sign(message, AT))
    assert holds(raw, 0)
    assert holds(raw, 1)


@pytest.mark.parametrize("name", SIGNED)
def test_no_signed_header_can_be_added(name: str) -> None:
    """Every signed name is signed once more than it occurs, so an added one breaks the signature."""
    message = rendered(compiled())
    raw = message.as_bytes(signer().sign(message, AT))
    assert holds(raw)
    assert not holds(raw.replace(b"\r\n\r\n", f"\r\n{name}: added\r\n\r\n".encode(), 1))


def test_a_changed_body_is_found() -> None:
    """One octet is enough, also at the end: there is no l= to hide behind."""
    message = rendered(compiled())
    raw = message.as_bytes(signer().sign(message, AT))
    assert not holds(raw.replace(b"Amina", b"Animo"))
    assert not holds(raw + b"more\r\n")
    assert b" l=" not in signer().sign(message, AT)


def test_signature_header_is_well_formed() -> None:
    """Lines stay short; the time is that given; the same message at the same time has the same RSA signature."""
    message = rendered(compiled())
    line = signer().sign(message, AT)
    assert line == signer().sign(message, AT)
    assert line != signer().sign(message, AT + timedelta(seconds=1))
    assert max(map(len, line.split(b"\r\n"))) <= 78
    assert f"t={int(AT.timestamp())}".encode() in line


def test_keys_that_cannot_sign_are_refused() -> None:
    """A short key, another kind of key, text that is no key, a name that is no domain."""
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for domain, selector, pem in (
        ("example.org", "k", short),
        ("example.org", "k", b"no key"),
        ("exa mple.org", "k", key("rsa")),
        ("example.org", "k; x=", key("rsa")),
    ):
        with pytest.raises(ConfigurationError):
            Signer(domain, selector, pem)


def test_dns_records() -> None:
    """Version, kind and key, in one piece."""
    assert public_text(key("rsa").decode()).startswith("v=DKIM1; k=rsa; p=MIIB")
    assert len(base64.b64decode(public_text(key("ed25519").decode()).partition("p=")[2])) == 32
