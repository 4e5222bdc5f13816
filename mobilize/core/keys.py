"""The installation's keys: made on first start, kept in ``var/keys`` (0600), never in the database or its backups.

secret.keys       one secret a line, the newest first: the first seals and signs, the others still open and verify
index.key         blind indexes; never rotates: who asked not to be mailed must stay recognisable
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mobilize.core.errors import ConfigurationError
from mobilize.core.settings import Settings

FILES = ("secret.keys", "index.key")


@dataclass(frozen=True)
class Secret:
    """One master secret and the keys derived from it, one a purpose."""

    material: bytes = field(repr=False)

    @cached_property
    def key_id(self) -> bytes:
        """Four bytes that name the key inside what it sealed."""
        return hashlib.sha256(b"mobilize key id|" + self.material).digest()[:4]

    @cached_property
    def cipher(self) -> AESGCM:
        return AESGCM(self.derived(b"encryption"))

    def token_mac(self, label: bytes) -> HMAC:
        """A MAC for one purpose's tokens, with its key and label taken in: every token of a mailing begins here."""
        begun = self._token_macs.get(label)
        if begun is None:
            begun = HMAC(self.derived(b"tokens"), SHA256())
            begun.update(label + b"\0")
            self._token_macs[label] = begun
        return begun.copy()

    @cached_property
    def _token_macs(self) -> dict[bytes, HMAC]:
        return {}

    def derived(self, purpose: bytes) -> bytes:
        """32 bytes for one purpose (HKDF, RFC 5869)."""
        return HKDF(SHA256(), 32, salt=None, info=b"mobilize|" + purpose).derive(self.material)


@dataclass(frozen=True)
class Keyring:
    """All keys of one installation."""

    secrets: tuple[Secret, ...]
    index_key: bytes = field(repr=False)

    @property
    def current(self) -> Secret:
        return self.secrets[0]

    @cached_property
    def _by_id(self) -> dict[bytes, Secret]:
        return {secret.key_id: secret for secret in reversed(self.secrets)}

    def by_id(self, key_id: bytes) -> Secret | None:
        return self._by_id.get(key_id)

    @property
    def fingerprint(self) -> str:
        """What the database keeps, to notice that it was opened with another installation's keys."""
        return hashlib.sha256(b"mobilize fingerprint|" + self.index_key).hexdigest()


def load(settings: Settings) -> Keyring:
    """Read the keys of this installation.

    Raises:
        ConfigurationError: a key file is missing or unreadable; nothing was made or changed.
    """
    texts = {
        name: _read(settings.keys_dir / name) for name in FILES if name != "secret.keys" or not settings.secret_keys
    }
    lines = settings.secret_keys or tuple(texts["secret.keys"].split())
    return Keyring(
        secrets=tuple(Secret(_decoded("secret.keys", line)) for line in lines),
        index_key=_decoded("index.key", texts["index.key"]),
    )


def exist(settings: Settings) -> bool:
    """Whether any key file is there: a partly missing set is an error, never a reason to make new ones."""
    return any((settings.keys_dir / name).exists() for name in FILES)


def make(settings: Settings) -> None:
    """Make every key of a new installation, readable by its owner only."""
    settings.keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.keys_dir.chmod(0o700)
    for name in FILES:
        _write_once(settings.keys_dir / name, secrets.token_hex(32))


def rotate(settings: Settings) -> None:
    """Put a new secret in front; what the older ones sealed and signed stays readable."""
    path = settings.keys_dir / "secret.keys"
    older = _read(path)
    fresh = path.with_suffix(".new")
    _write_once(fresh, f"{secrets.token_hex(32)}\n{older}")
    fresh.replace(path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise ConfigurationError(
            path.name, f"the key file {path} is missing; restore it from your copy of the keys folder"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(path.name, f"the key file {path} cannot be read ({type(error).__name__})") from error


def _decoded(name: str, text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < 32:
        raise ConfigurationError(name, "a key is at least 64 hexadecimal digits")
    return key


def _write_once(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
