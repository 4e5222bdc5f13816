"""Sealing of personal fields and the blind indexes that find them again.

sealed = version byte | key id (4) | nonce (12) | AES-256-GCM ciphertext and tag; associated data: table|column|uid
version 2: the text is followed by 0x80 and zeros up to a multiple of 32 octets (ISO/IEC 7816-4), so that the length of
a name or an address tells little; version 1, without, is still opened
blind index = HMAC-SHA-256 over organisation and normalised value, first 16 bytes
"""

from __future__ import annotations

import hmac
import os
from typing import Any, overload

from cryptography.exceptions import InvalidTag

from mobilize.core.domains import canonical_domain, readable_domain
from mobilize.core.errors import MobilizeError
from mobilize.core.keys import Keyring
from mobilize.core.text import normal_form, trimmed

_PLAIN, _PADDED = b"\x01", b"\x02"
_BLOCK = 32
_SHORTEST = 17 + 16
_KEY_ID = slice(1, 5)
_NONCE = slice(5, 17)
_keyring: Keyring | None = None


class CannotOpen(MobilizeError):
    """A sealed field that none of our keys opens, or that was moved to another row."""


def use(keyring: Keyring | None) -> None:
    """Seal and open with these keys in this process from now on."""
    global _keyring
    _keyring = keyring


def keyring() -> Keyring:
    """The process's keys.

    Raises:
        MobilizeError: ``use`` was not called.
    """
    if _keyring is None:
        raise MobilizeError("the keys are not loaded")
    return _keyring


def associated_data(table: str, column: str, uid: str) -> bytes:
    """What binds a sealed field to its place, so that it opens nowhere else."""
    return f"{table}|{column}|{uid}".encode()


def seal(text: str, place: bytes) -> bytes:
    """Encrypt ``text`` for one place (see ``associated_data``)."""
    return seal_octets(text.encode(), place)


def unseal(sealed: bytes, place: bytes) -> str:
    """The text sealed for this place.

    Raises:
        CannotOpen: an unknown key, an altered value, or one that belongs elsewhere.
    """
    return unseal_octets(sealed, place).decode()


def seal_octets(octets: bytes, place: bytes) -> bytes:
    """``seal`` for what is not a text, such as a file."""
    secret = keyring().current
    nonce = os.urandom(12)
    return _PADDED + secret.key_id + nonce + secret.cipher.encrypt(nonce, _padded(octets), _PADDED + place)


def unseal_octets(sealed: bytes, place: bytes) -> bytes:
    """What ``seal_octets`` sealed for this place; raises as ``unseal``."""
    version = sealed[:1]
    if len(sealed) < _SHORTEST or version not in (_PLAIN, _PADDED):
        raise CannotOpen("a sealed field is cut off or of an unknown version")
    secret = keyring().by_id(sealed[_KEY_ID])
    if secret is None:
        raise CannotOpen("a sealed field names a key that is not in the keys folder")
    try:
        octets = secret.cipher.decrypt(sealed[_NONCE], sealed[17:], place if version == _PLAIN else version + place)
    except InvalidTag:
        raise CannotOpen("a sealed field does not belong to its row") from None
    return octets.rstrip(b"\0")[:-1] if version == _PADDED else octets


def _padded(octets: bytes) -> bytes:
    marked = octets + b"\x80"
    return marked + bytes(-len(marked) % _BLOCK)


class Sealed:
    """A model attribute whose text lives encrypted in the column ``<name>_sealed``, bound to the row's uid."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.column = f"{name}_sealed"

    @overload
    def __get__(self, row: None, owner: type) -> Sealed: ...
    @overload
    def __get__(self, row: object, owner: type) -> str: ...
    def __get__(self, row: Any, owner: type) -> Sealed | str:
        if row is None:
            return self
        value: bytes | None = getattr(row, self.column)
        return "" if value is None else unseal(value, self._place(row))

    def __set__(self, row: Any, text: str | None) -> None:
        setattr(row, self.column, seal(text, self._place(row)) if text else None)

    def _place(self, row: Any) -> bytes:
        return associated_data(row.__tablename__, self.column, row.uid)


def address_index(organisation_uid: str, address: str) -> bytes:
    """16 bytes that find a mail address within one organisation, and only there."""
    return _index(b"address", organisation_uid, normalised_address(address))


def address_indexes(organisation_uid: str, address: str) -> tuple[bytes, ...]:
    """``address_index``, then the one of earlier versions if it differs: they case folded domains beyond ASCII."""
    return _both(b"address", organisation_uid, address)


def mailbox_index(organisation_uid: str, address: str) -> bytes:
    """16 bytes for limits: equal for spellings that many servers deliver to one mailbox (``v.ictim+tag``)."""
    typed, _at, domain = normalised_address(address).rpartition("@")
    local = normal_form("NFKC", typed).casefold()
    name, plus, tag = local.partition("+")
    return _index(b"mailbox", organisation_uid, f"{name.replace('.', '') or plus + tag}@{domain}")


def domain_index(organisation_uid: str, address: str) -> bytes:
    """16 bytes that stand for the address's domain within one organisation, for throttling."""
    return _index(b"domain", organisation_uid, normalised_address(address).rpartition("@")[2])


def former_domain_indexes(organisation_uid: str, address: str) -> tuple[bytes, ...]:
    """As rows of earlier versions have it: the same in every organisation, and with the domain case folded."""
    folded = _folded_address(address).rpartition("@")[2]
    return domain_index("", address), _index(b"domain", "", folded), _index(b"domain", organisation_uid, folded)


def login_index(address: str) -> bytes:
    """16 bytes that find a user's mail address in the whole installation."""
    return _index(b"login", "", normalised_address(address))


def login_indexes(address: str) -> tuple[bytes, ...]:
    """``login_index``, then the one of earlier versions if it differs (see ``address_indexes``)."""
    return _both(b"login", "", address)


def signer_index(action_uid: str, address: str, name: str = "") -> bytes:
    """16 bytes that stand for a mail address, or for a name at it, under one call to action, and only there."""
    return _index(b"signer", action_uid, f"{normalised_address(address)}|{name}")


def client_index(client: str, day: str) -> bytes:
    """16 bytes that stand for a client's network address on one day; useless on the next."""
    return _index(b"client", day, client)


def normalised_address(address: str) -> str:
    """The form under which two spellings of one mailbox are equal.

    The local part is NFC and case folded, nothing cleverer; the domain is what DNS knows (``core.domains``).
    """
    local, at, domain = normal_form("NFC", trimmed(address)).rpartition("@")
    return f"{local.casefold()}{at}{canonical_domain(domain)}" if at else domain.casefold()


def is_ambiguous(address: str) -> bool:
    """Whether a row of an earlier version under this address's index may belong to another one (``straße.de``)."""
    domain = normalised_address(address).rpartition("@")[2]
    return "xn--" in domain or "ss" in domain


def _both(purpose: bytes, scope: str, address: str) -> tuple[bytes, ...]:
    forms = (normalised_address(address), _folded_address(address))
    return tuple(_index(purpose, scope, form) for form in dict.fromkeys(forms))


def _folded_address(address: str) -> str:
    local, at, domain = trimmed(address).rpartition("@")
    return normal_form("NFC", f"{local}{at}{readable_domain(domain)}").casefold()


def _index(purpose: bytes, scope: str, value: str) -> bytes:
    message = b"|".join((purpose, scope.encode(), value.encode()))
    return hmac.digest(keyring().index_key, message, "sha256")[:16]
