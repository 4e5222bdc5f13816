"""People who work here: users, their role in each organisation, their sessions and open invitations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.crypto import Sealed
from mobilize.core.db import Base, HasId, HasUid
from mobilize.core.roles import Role


class User(HasUid, Base):
    """A person who can sign in; ``password_version`` goes up with each new password and spoils older reset links."""

    __tablename__ = "users"

    email_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    email = Sealed()
    login_index: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name = Sealed()
    language: Mapped[str] = mapped_column(String(12))
    password_hash: Mapped[str] = mapped_column(String(200))
    password_version: Mapped[int] = mapped_column(default=1)
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Membership(HasId, Base):
    """A user's role in one organisation, and the recipient through which that organisation's mail reaches them."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id"), Index(None, "organisation_id"))

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id"))
    role: Mapped[Role]
    created_at: Mapped[datetime]


class LoginSession(HasUid, Base):
    """One browser that is signed in; ``secret_digest`` is SHA-256 of what its cookie holds.

    ``browser`` and ``system`` are names of ``browsers``, or blank; ``confirmed_at``: the password was last typed.
    """

    __tablename__ = "login_sessions"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    secret_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    browser: Mapped[str] = mapped_column(String(20))
    system: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Invitation(HasUid, Base):
    """An offer of a role to a mail address; its link carries a token and is used up by acceptance."""

    __tablename__ = "invitations"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id"))
    email_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    email = Sealed()
    role: Mapped[Role]
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class MailRequest(HasUid, Base):
    """An email about an account that somebody asked for and that the clock will send: a reset, or an invitation."""

    __tablename__ = "account_mail_requests"

    kind: Mapped[str] = mapped_column(String(20))
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email = Sealed()
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"))
    from_this_machine: Mapped[bool]
    created_at: Mapped[datetime]
