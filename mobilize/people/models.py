"""Erasures that are under way, and that there were some."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.db import Base, HasId


class Erasure(HasId, Base):
    """One person whose data goes. ``done`` names the features that have let go of it.

    ``person_hash`` is the keyed hash of the address, ``refused`` the reason for which it is not mailed from then on.
    Once ``ended_at`` is set, hash and ids are blank: nothing leads from an address to the rows that were its person's.
    """

    __tablename__ = "erasures"
    __table_args__ = (
        Index(
            "ix_erasures_waiting",
            "id",
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    recipient_ids: Mapped[list[int]] = mapped_column(JSON)
    person_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    refused: Mapped[str] = mapped_column(String(20), default="")
    source: Mapped[str] = mapped_column(String(20))
    done: Mapped[list[str]] = mapped_column(JSON, default=list)
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
