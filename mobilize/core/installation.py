"""What ties a database to its keys: opened with another installation's keys, it refuses to start."""

from __future__ import annotations

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core import crypto
from mobilize.core.db import Base, HasId, session
from mobilize.core.errors import ConfigurationError


class Installation(HasId, Base):
    """The single row (id 1) of this installation."""

    __tablename__ = "installation"

    key_fingerprint: Mapped[str] = mapped_column(String(64))


def bind_keys() -> None:
    """Remember the keys' fingerprint in a new database (in a writing unit); a known one is compared.

    Raises:
        ConfigurationError: the keys folder belongs to another database.
    """
    known = session.scalar(select(Installation.key_fingerprint).where(Installation.id == 1))
    if known is None:
        session.add(Installation(id=1, key_fingerprint=crypto.keyring().fingerprint))
    elif known != crypto.keyring().fingerprint:
        raise ConfigurationError("keys", "the keys folder does not belong to this database; restore the right one")
