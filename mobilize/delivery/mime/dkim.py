"""Sign messages: DKIM (RFC 6376, relaxed/simple, rsa-sha256; RFC 8463, ed25519-sha256).

The body's hash comes with the rendered message; only the header lines are canonicalised here, and those that
are the same for every recipient only once.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from mobilize.core.errors import ConfigurationError
from mobilize.delivery.mime.message import Rendered

SIGNED = (
    "from",
    "to",
    "cc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "mime-version",
    "content-type",
)
"""Each is named once more than it occurs, so none can be added on the way (RFC 6376, section 8.15)."""

_SPACE = re.compile(rb"[ \t\r\n]+")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\Z")
_RSA_BITS = 2048

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class Signer:
    """Signs for one domain and selector; the key is parsed once and the object is safe to share."""

    def __init__(self, domain: str, selector: str, private_key_pem: bytes) -> None:
        for name, value in (("domain", domain), ("selector", selector)):
            if not _DOMAIN.match(value):
                raise ConfigurationError("DKIM", f"{value!r} is not a {name}; use its ASCII form in lower case")
        key = _parsed(private_key_pem)
        self._algorithm = _algorithm(key)
        self._sign = _signature(key)
        self._where = f"d={domain}; s={selector};"

    def sign(self, rendered: Rendered, at: datetime) -> bytes:
        """The DKIM-Signature header line of a message, CRLF included; put it on top with `as_bytes`."""
        chosen, names = _chosen(rendered.headers)
        body_hash = base64.b64encode(rendered.body_hash).decode("ascii")
        field = (
            f"v=1; a={self._algorithm}-sha256; c=relaxed/simple;\r\n {self._where} t={int(at.timestamp())};\r\n"
            f" h={names};\r\n bh={body_hash};\r\n b="
        )
        own = _relaxed(f"DKIM-Signature: {field}\r\n".encode("ascii"))[:-2]
        signature = base64.b64encode(self._sign(chosen + own)).decode("ascii")
        return f"DKIM-Signature: {field}{_folded(signature)}\r\n".encode("ascii")


def _parsed(pem: bytes) -> PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise ConfigurationError("DKIM", "The private key is not readable PEM without a password") from error
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < _RSA_BITS:
        raise ConfigurationError("DKIM", f"The private key must be RSA of at least {_RSA_BITS} bits, or Ed25519")
    return key


def _algorithm(key: PrivateKey) -> str:
    return "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ed25519"


def _signature(key: PrivateKey) -> Callable[[bytes], bytes]:
    if isinstance(key, rsa.RSAPrivateKey):
        scheme, digest = padding.PKCS1v15(), hashes.SHA256()
        return lambda data: key.sign(data, scheme, digest)
    return lambda data: key.sign(hashlib.sha256(data).digest())


def _relaxed(line: bytes) -> bytes:
    """A header line in relaxed canonical form (RFC 6376, section 3.4.2)."""
    name, _colon, value = line.partition(b":")
    return name.strip().lower() + b":" + _SPACE.sub(b" ", value).strip() + b"\r\n"


@lru_cache(maxsize=512)
def _named(line: bytes) -> tuple[str, bytes]:
    """The name of a header line, and the line in relaxed form; most are the same in every mail."""
    relaxed = _relaxed(line)
    return relaxed.partition(b":")[0].decode("ascii"), relaxed


def _chosen(headers: Sequence[bytes]) -> tuple[bytes, str]:
    """The signed lines, last of each name first, and the list of names with one more of each."""
    found: dict[str, list[bytes]] = {}
    for name, line in map(_named, headers):
        found.setdefault(name, []).append(line)
    by_name = [found.get(name, []) for name in SIGNED]
    return b"".join([line for lines in by_name for line in reversed(lines)]), _names(tuple(map(len, by_name)))


@lru_cache(maxsize=64)
def _names(counts: tuple[int, ...]) -> str:
    """The h= tag, folded between names."""
    lines = [":".join([name] * (count + 1)) for name, count in zip(SIGNED, counts, strict=True)]
    return ":\r\n  ".join(lines)


def _folded(signature: str) -> str:
    return "\r\n ".join(signature[at : at + 72] for at in range(0, len(signature), 72))
