"""Browsers that are signed in: a row a session, found by the digest of the random secret in its cookie.

log-in -> row, confirmed -> each request: neither expired nor idle -> ended by log-out, list, new password or clock
confirmed: the password was typed within ``CONFIRMED_FOR``; what must not happen from an unattended browser asks for it
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from mobilize.accounts.browsers import Browser
from mobilize.accounts.models import LoginSession, User
from mobilize.core import audit
from mobilize.core.db import session
from mobilize.core.errors import NotFound

LIFETIME = timedelta(days=7)
IDLE = timedelta(hours=12)
"""The default of ``MOBILIZE_IDLE_MINUTES``: somebody who comes back from lunch goes on, the next day asks again."""
CONFIRMED_FOR = timedelta(minutes=15)
UNKNOWN_BROWSER = Browser()


@dataclass(frozen=True)
class SignedIn:
    """Who a cookie belongs to; ``session_key`` names the session to its forms and is not the cookie."""

    user_id: int
    user_uid: str
    language: str
    is_demonstration: bool
    session_id: int
    last_seen_at: datetime
    is_confirmed: bool
    session_key: str


@dataclass(frozen=True)
class OpenSession:
    """One browser of a user's, as they see it in their list."""

    uid: str
    browser: Browser
    began_at: datetime
    last_seen_at: datetime
    is_current: bool


def start_session(user_id: int, now: datetime, browser: Browser = UNKNOWN_BROWSER) -> str:
    """A new session; the secret for its cookie. Never an old one: one planted before signing in stays worthless."""
    secret = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            user_id=user_id,
            secret_digest=_digest(secret),
            browser=browser.name,
            system=browser.system,
            created_at=now,
            last_seen_at=now,
            confirmed_at=now,
            expires_at=now + LIFETIME,
        )
    )
    session.flush()
    return secret


def signed_in(secret: str, now: datetime, idle: timedelta = IDLE) -> SignedIn | None:
    """Who this cookie belongs to; nobody once it has expired, was not used for ``idle``, or was ended."""
    digest = _digest(secret)
    found = session.execute(
        select(User, LoginSession)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(
            LoginSession.secret_digest == digest,
            LoginSession.expires_at > now,
            LoginSession.last_seen_at > now - idle,
        )
    ).one_or_none()
    if found is None:
        return None
    user, row = found
    return SignedIn(
        user_id=user.id,
        user_uid=user.uid,
        language=user.language,
        is_demonstration=user.is_demonstration,
        session_id=row.id,
        last_seen_at=row.last_seen_at,
        is_confirmed=now - row.confirmed_at < CONFIRMED_FOR,
        session_key=digest.hex(),
    )


def open_sessions(user_id: int, secret: str, now: datetime, idle: timedelta = IDLE) -> list[OpenSession]:
    """Every browser in which a user is signed in, the one with this ``secret`` first, then the last seen."""
    own = _digest(secret)
    rows = session.scalars(
        select(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.expires_at > now, LoginSession.last_seen_at > now - idle)
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())
    )
    found = [
        OpenSession(
            row.uid, Browser(row.browser, row.system), row.created_at, row.last_seen_at, row.secret_digest == own
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: not one.is_current)


def confirm(session_id: int, now: datetime) -> None:
    """The password was typed again in this session."""
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(confirmed_at=now))


def end_session(secret: str) -> None:
    """Forget one browser."""
    session.execute(delete(LoginSession).where(LoginSession.secret_digest == _digest(secret)))


def end_one(user_id: int, uid: str) -> None:
    """Forget one of a user's browsers.

    Raises:
        NotFound: it is no session of theirs, or has ended.
    """
    own = (LoginSession.user_id == user_id) & (LoginSession.uid == uid)
    if session.scalar(delete(LoginSession).where(own).returning(LoginSession.id)) is None:
        raise NotFound("session")
    _record(user_id)


def end_others(user_id: int, secret: str) -> None:
    """Forget every browser of a user but the one with this ``secret``."""
    others = (LoginSession.user_id == user_id) & (LoginSession.secret_digest != _digest(secret))
    session.execute(delete(LoginSession).where(others))
    _record(user_id)


def end_sessions(user_id: int) -> None:
    """Forget every browser of a user."""
    session.execute(delete(LoginSession).where(LoginSession.user_id == user_id))


def delete_ended(now: datetime, idle: timedelta) -> None:
    """Forget the sessions that opened nothing any more."""
    ended = or_(LoginSession.expires_at <= now, LoginSession.last_seen_at <= now - idle)
    session.execute(delete(LoginSession).where(ended))


def _record(user_id: int) -> None:
    uid = session.scalars(select(User.uid).where(User.id == user_id)).one()
    audit.record("user.sessions-ended", organisation_id=None, subject=f"user:{uid}")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
