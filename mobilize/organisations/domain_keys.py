"""Keys that sign for a sender's domain, and the DNS records that let receivers check them; pure but for randomness."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_BITS = 2048


@dataclass(frozen=True)
class DnsRecord:
    """A TXT record to publish; ``purpose`` is DKIM, SPF or DMARC."""

    purpose: str
    name: str
    value: str


def new_private_key() -> str:
    """A new RSA key of 2,048 bits as PEM (PKCS 8); some receivers still refuse larger ones (RFC 8301)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def dkim_record(domain: str, selector: str, private_key: str) -> DnsRecord:
    """The public half of a key, where verifiers look for it (RFC 6376, section 3.6)."""
    public = serialization.load_pem_private_key(private_key.encode(), password=None).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    value = f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode('ascii')}"
    return DnsRecord("DKIM", f"{selector}._domainkey.{domain}", value)


def spf_record(domain: str, mail_host: str | None) -> DnsRecord:
    """Which machines may send for the domain (RFC 7208): our mail server, else the domain's own."""
    return DnsRecord("SPF", domain, f"v=spf1 {f'a:{mail_host}' if mail_host else 'mx'} ~all")


def dmarc_record(domain: str) -> DnsRecord:
    """What receivers do with mail that fails both (RFC 7489): nothing yet, until the owner has seen it work."""
    return DnsRecord("DMARC", f"_dmarc.{domain}", "v=DMARC1; p=none")
