"""Members of staff for tests, signed in without typing a password."""

from __future__ import annotations

from itertools import count

from mobilize.accounts import service, sessions
from mobilize.core import clock
from mobilize.core.permissions import Role

COOKIE = "mobilize"
_numbers = count(1)


def sign_in(organisation_id: int, role: Role = Role.OWNER, language: str = "en") -> str:
    """A new user with ``role`` in an organisation; the value of their cookie. Call it inside a writing unit."""
    address = f"staff-{next(_numbers)}@example.org"
    user = service.create_user(address, "correct horse battery staple", name="Amina Benali", language=language)
    service.add_member(user, organisation_id, role)
    return sessions.start_session(user.id, clock.now())
