"""Keys that sign for a sender's domain, and the DNS records that let receivers check them; pure but for randomness."""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

_BITS = 2048


@dataclass(frozen=True)
class DnsRecord:
    """A TXT record to publish; ``purpose`` is DKIM, SPF or DMARC."""

    purpose: str
    name: str
    value: str


def new_private_key(kind: str = "rsa") -> str:
    """A new key as PEM (PKCS 8): ``rsa`` of 2,048 bits (some receivers refuse larger ones, RFC 8301) or ``ed25519``."""
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    if kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def public_text(private_key: str) -> str:
    """The text of a key's TXT record, in one piece (RFC 6376, 3.6.1; RFC 8463, 4)."""
    key = serialization.load_pem_private_key(private_key.encode(), password=None).public_key()
    if isinstance(key, ed25519.Ed25519PublicKey):
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(key.public_bytes_raw()).decode('ascii')}"
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode('ascii')}"


def dkim_record(domain: str, selector: str, private_key: str) -> DnsRecord:
    """The public half of a key, where verifiers look for it (RFC 6376, section 3.6)."""
    return DnsRecord("DKIM", f"{selector}._domainkey.{domain}", public_text(private_key))


def spf_record(domain: str, mail_host: str | None) -> DnsRecord:
    """Which machines may send for the domain (RFC 7208): our mail server, else the domain's own."""
    return DnsRecord("SPF", domain, f"v=spf1 {f'a:{mail_host}' if mail_host else 'mx'} ~all")


def dmarc_record(domain: str) -> DnsRecord:
    """What receivers do with mail that fails both (RFC 7489): nothing yet, until the owner has seen it work."""
    return DnsRecord("DMARC", f"_dmarc.{domain}", "v=DMARC1; p=none")


def dated_selector(day: date, taken: Collection[str]) -> str:
    """A selector that tells when its key was made: ``m20240226``, and for a second one that day ``m20240226-2``."""
    first = f"m{day:%Y%m%d}"
    names = (first, *(f"{first}-{number}" for number in range(2, len(taken) + 2)))
    return next(name for name in names if name not in taken)
