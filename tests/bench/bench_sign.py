"""DKIM: a signature of our signer over a rendered message, beside the bare signature of the key, and beside dkimpy."""

from __future__ import annotations

import sys

import dkim as reference
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mobilize.core import feature
from mobilize.delivery.mime.dkim import Signer
from mobilize.features import FEATURES
from mobilize.organisations.domain_keys import new_private_key
from tests.bench.bench_render import BLOCKS, render
from tests.bench.measure import report, timed
from tests.delivery.sample_mail import AT, compiled


def main(n: int = 1000) -> list[str]:
    """The lines of the report."""
    feature.use(FEATURES)
    pem = new_private_key().encode()
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    signer, message = Signer("example.org", "k", pem), compiled(*BLOCKS)
    edwards = Signer("example.org", "e", new_private_key("ed25519").encode())
    made = render(message)
    raw = made.as_bytes()
    bare = timed("bare RSA-2048", lambda: key.sign(b"x" * 900, padding.PKCS1v15(), hashes.SHA256()), n)
    timings = [
        timed("sign, RSA-2048", lambda: signer.sign(made, AT), n),
        timed("render and sign", lambda: signer.sign(render(message), AT), n),
        timed("sign, Ed25519", lambda: edwards.sign(made, AT), n),
        timed("dkimpy", lambda: reference.sign(raw, b"k", b"example.org", pem), max(n // 20, 3)),
    ]
    return [report(timing, bare) for timing in (*timings, bare)]


if __name__ == "__main__":
    print("\n".join(main(*map(int, sys.argv[1:]))))
