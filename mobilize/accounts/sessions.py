"""Browsers that are signed in: a row a session, found by the digest of the random secret in its cookie."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from mobilize.accounts.models import LoginSession, User
from mobilize.core.db import session

LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class SignedIn:
    """Who a cookie belongs to; ``session_key`` names the session to its forms and is not the cookie."""

    user_id: int
    user_uid: str
    language: str
    is_demonstration: bool
    session_key: str


def start_session(user_id: int, now: datetime) -> str:
    """A new session; the secret for its cookie. Never an old one: one planted before signing in stays worthless."""
    secret = secrets.token_urlsafe(32)
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
    session.add(LoginSession(user_id=user_id, secret_digest=_digest(secret), created_at=now, expires_at=now + LIFETIME))
    session.flush()
    return secret


def signed_in(secret: str, now: datetime) -> SignedIn | None:
    """Who this cookie belongs to; nobody once it has expired or was ended."""
    digest = _digest(secret)
    found = session.execute(
        select(User.id, User.uid, User.language, User.is_demonstration)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(LoginSession.secret_digest == digest, LoginSession.expires_at > now)
    ).one_or_none()
    return None if found is None else SignedIn(*found, session_key=digest.hex())


def end_session(secret: str) -> None:
    """Forget one browser."""
    session.execute(delete(LoginSession).where(LoginSession.secret_digest == _digest(secret)))


def end_sessions(user_id: int) -> None:
    """Forget every browser of a user."""
    session.execute(delete(LoginSession).where(LoginSession.user_id == user_id))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
