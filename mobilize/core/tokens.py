"""Personal tokens: a subject's ids and a 128-bit MAC over purpose and ids, base64url.

A token identifies, it never authenticates; each serves one purpose; expiring purposes carry their moment inside.
Nothing of a token is stored: it is made when a mail is rendered and recomputed when a link is opened.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from mobilize.core import clock, crypto, feature
from mobilize.core.errors import TokenRefused
from mobilize.core.keys import Secret

_MAC_BYTES = 16
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True)
class Purpose:
    """What a token is for; each feature declares its own (``Feature.token_purposes``).

    ``label`` is part of what is signed and of what waiting mail keeps: it never changes. A token without ``lifetime``
    never expires (RFC 8058 links outlive their mailing). ``path`` is where its links are opened, ``""`` for none.
    ``role`` is the one of ``Feature.roles`` that such a link holds before the guard; without one its pages are public
    and read the token themselves.
    """

    label: str
    lifetime: timedelta | None = None
    path: str = ""
    role: str = ""


def purpose_named(label: str) -> Purpose:
    """The purpose with this label; mail that waits since before labels were stored names it in capitals.

    Raises:
        KeyError: no feature in use has one.
    """
    return purposes(feature.used())[label.lower().replace("_", "-")]


@lru_cache(maxsize=4)
def purposes(features: Sequence[feature.Feature]) -> Mapping[str, Purpose]:
    """Every purpose of these features, by its label."""
    found = [feature.load(part) for one in features for part in one.token_purposes]
    return {purpose.label: purpose for purpose in found}


def mint(purpose: Purpose, *ids: int, now: datetime | None = None) -> str:
    """A token for non-negative integer ids; for an expiring purpose its life starts at ``now``."""
    return spelled(mint_octets(purpose, *ids, now=now))


def mint_octets(purpose: Purpose, *ids: int, now: datetime | None = None) -> bytes:
    """The same token before it is spelled, for a place where base64url does not survive."""
    secret = crypto.keyring().current
    numbers = ids if purpose.lifetime is None else (*ids, _expiry(purpose.lifetime, now))
    payload = secret.key_id[:1] + b"".join(map(_varint, numbers))
    return payload + _mac(secret, purpose, payload)


def spelled(octets: bytes) -> str:
    """The octets of a token as base64url without padding."""
    return binascii.b2a_base64(octets, newline=False).rstrip(b"=").translate(_URL_SAFE).decode("ascii")


def read(purpose: Purpose, token: str, *, now: datetime | None = None) -> tuple[int, ...]:
    """The ids in a token.

    Raises:
        TokenRefused: altered, made for another purpose, signed by a key we do not hold, or expired.
    """
    numbers = _verified(purpose, token)
    if purpose.lifetime is None:
        return numbers
    *ids, expires = numbers
    if datetime.fromtimestamp(expires, UTC) <= (now or clock.now()):
        raise TokenRefused(expired=True)
    return tuple(ids)


def read_of_any_age(purpose: Purpose, token: str) -> tuple[tuple[int, ...], bool]:
    """The ids in a token, and whether it has expired: for a page that then offers another link.

    Raises:
        TokenRefused: altered, made for another purpose, or signed by a key we do not hold.
    """
    try:
        return read(purpose, token), False
    except TokenRefused as refusal:
        if not refusal.expired:
            raise
        return _verified(purpose, token)[:-1], True


def _verified(purpose: Purpose, token: str) -> tuple[int, ...]:
    """The numbers that we signed for this purpose: the ids, and the expiry where there is one."""
    raw = _decoded(token)
    payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not any(
        hmac.compare_digest(_mac(secret, purpose, payload), mac)
        for secret in crypto.keyring().secrets
        if secret.key_id[:1] == payload[:1]
    ):
        raise TokenRefused
    return _varints(payload[1:])


def minted_before(purpose: Purpose, token: str) -> datetime:
    """The end of the second in which an expiring token was made.

    Raises:
        TokenRefused: as ``read`` does, but for expiry.
    """
    if purpose.lifetime is None:
        raise TypeError(f"tokens for {purpose.label} do not say when they were made")
    expires = _verified(purpose, token)[-1]
    return datetime.fromtimestamp(expires + 1, UTC) - purpose.lifetime


def _expiry(lifetime: timedelta, now: datetime | None) -> int:
    return int(((now or clock.now()) + lifetime).timestamp())


def _mac(secret: Secret, purpose: Purpose, payload: bytes) -> bytes:
    mac = secret.token_mac(purpose.label.encode())
    mac.update(payload)
    return mac.finalize()[:_MAC_BYTES]


def _decoded(token: str) -> bytes:
    """Only the one canonical spelling is accepted: other encodings of the same bytes are altered tokens."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenRefused from None
    if len(raw) <= _MAC_BYTES or spelled(raw) != token:
        raise TokenRefused
    return raw


@lru_cache(maxsize=4096)
def _varint(number: int) -> bytes:
    """Seven bits an octet, the lowest first; kept, because one mail holds several tokens of the same ids."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _varints(data: bytes) -> tuple[int, ...]:
    numbers, number, shift = [], 0, 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            numbers.append(number)
            number, shift = 0, 0
    return tuple(numbers)
