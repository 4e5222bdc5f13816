"""The demonstration's accounts: one a role in each organisation, with random passwords kept beside the database.

The file is written before the accounts are made: whatever happens in between, the next run finds the same passwords.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mobilize.core.roles import Role
from mobilize.core.settings import Settings
from mobilize.demo.content import ORGANISATIONS

_LEGIBLE = "abcdefghijkmnpqrstuvwxyz23456789"
_HEADING = "# Accounts of the demonstration. They work on this machine only, while the embedded inbox runs.\n"


ROLES = (Role.OWNER, Role.CAMPAIGNER, Role.VIEWER)
"""A steward would see nothing until an owner names an event."""


@dataclass(frozen=True)
class Account:
    """Who can sign in to one organisation, with the password as it is typed."""

    organisation: str
    role: Role
    address: str
    password: str


def accounts_file(settings: Settings) -> Path:
    """Where the passwords are kept, readable by the service's own user only."""
    return settings.data_dir / "demo-accounts.txt"


def known_accounts(settings: Settings) -> tuple[Account, ...]:
    """The accounts whose passwords are kept; none where the demonstration has no accounts."""
    path = accounts_file(settings)
    if not settings.inbox_enabled or not path.exists():
        return ()
    passwords = _read(path)
    return tuple(account for account in _accounts(passwords) if account.password)


def keep_accounts(settings: Settings) -> tuple[Account, ...]:
    """All accounts, with new random passwords for those that have none in the file yet."""
    path = accounts_file(settings)
    passwords = _read(path) if path.exists() else {}
    made = {account.address: account.password or _new_password() for account in _accounts(passwords)}
    if made != passwords:
        _write(path, made)
    return tuple(_accounts(made))


def _new_password() -> str:
    """Sixteen random letters and digits that are hard to misread (80 bits), in groups of four."""
    return "-".join("".join(secrets.choice(_LEGIBLE) for _ in range(4)) for _ in range(4))


def _accounts(passwords: Mapping[str, str]) -> Iterator[Account]:
    for slug in ORGANISATIONS:
        for role in ROLES:
            address = f"{role.value}@{slug}.example.org"
            yield Account(slug, role, address, passwords.get(address, ""))


def _read(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split() for line in lines if not line.startswith("#"))
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def _write(path: Path, passwords: Mapping[str, str]) -> None:
    """Replace the file in one step; nobody else can read it at any moment."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(_HEADING)
        file.writelines(f"{address}  {password}\n" for address, password in passwords.items())
    draft.replace(path)
