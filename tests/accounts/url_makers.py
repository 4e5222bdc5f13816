"""Rows that stand for the parameters of accounts' URLs (see tests/test_permissions.py)."""

from __future__ import annotations

from sqlalchemy import select

from mobilize.accounts import colleagues, service, sessions
from mobilize.accounts.models import Invitation, LoginSession, User
from mobilize.core import clock
from mobilize.core.db import new_uid, session
from mobilize.core.permissions import Role
from mobilize.organisations.models import Organisation


def make_user(house: Organisation) -> str:
    user = User(
        email=f"{new_uid()}@example.org",
        login_index=new_uid().encode()[:16],
        name="Colleague",
        language="en",
        password_hash="none",
        created_at=clock.now(),
    )
    session.add(user)
    session.flush()
    service.add_member(user, house.id, Role.VIEWER)
    return user.uid


def make_invitation(house: Organisation) -> str:
    colleagues.invite(house.id, f"{new_uid()}@example.org", Role.VIEWER, invited_by_id=None, language="en")
    newest = select(Invitation.uid).where(Invitation.organisation_id == house.id).order_by(Invitation.id.desc())
    return session.scalars(newest.limit(1)).one()


def make_login(house: Organisation) -> str:
    user_id = session.scalars(select(User.id).where(User.uid == make_user(house))).one()
    sessions.start_session(user_id, clock.now())
    return session.scalars(select(LoginSession.uid).where(LoginSession.user_id == user_id)).one()


MAKERS = {"user": make_user, "invitation": make_invitation, "login": make_login}
