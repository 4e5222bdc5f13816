"""Emails about accounts that somebody asked for: the request writes a row, the clock does the rest.

POST /studio/forgotten -> MailRequest, the same for every address -> bell -> tick -> account? mail : nothing -> no row
Why: looking an account up, sealing a mail and writing it into the ledger takes milliseconds, which a stranger could
measure. Done by the clock, nothing of it is in the time that the page takes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from sqlalchemy import select

from mobilize.accounts import mails
from mobilize.accounts.models import Invitation, MailRequest
from mobilize.accounts.purposes import INVITATION
from mobilize.accounts.queries import user_by_address
from mobilize.core import audit, clock, crypto, doorbell
from mobilize.core.db import session

log = structlog.get_logger(__name__)

_LATEST = timedelta(days=1)
"""A link for a new password that comes later than this is one that nobody waits for."""


class MailKind(StrEnum):
    RESET = "reset"
    INVITATION = "invitation"


def request_reset(address: str, *, from_this_machine: bool) -> None:
    """Have a reset link mailed, if this address has an account; a demonstration's needs ``from_this_machine``."""
    row = MailRequest(kind=MailKind.RESET, from_this_machine=from_this_machine, created_at=clock.now())
    row.email = address
    session.add(row)
    doorbell.wake_clock()


def answer_next(now: datetime) -> bool:
    """Send what the oldest request asks for, and forget it; whether there was one."""
    row = session.scalars(select(MailRequest).order_by(MailRequest.id).limit(1).with_for_update()).first()
    if row is None:
        return False
    session.delete(row)
    session.flush()
    try:
        with audit.acting_as("visitor"):
            _answer(row, now)
    except crypto.CannotOpen:
        log.exception("accounts.unreadable_request")
    return True


def _answer(row: MailRequest, now: datetime) -> None:
    if row.kind == MailKind.INVITATION:
        _send_invitation(row.invitation_id, now)
    elif now - row.created_at < _LATEST:
        _send_reset(row.email, from_this_machine=row.from_this_machine)


def _send_reset(address: str, *, from_this_machine: bool) -> None:
    user = user_by_address(address)
    if user is None or (user.is_demonstration and not from_this_machine):
        return
    mails.send_reset(user)
    audit.record("user.reset-asked", organisation_id=None, subject=f"user:{user.uid}")


def _send_invitation(invitation_id: int | None, now: datetime) -> None:
    """In the language of the organisation: the one that the inviter chose stands in the mail that was stopped only."""
    found = session.get(Invitation, invitation_id) if invitation_id else None
    lifetime = INVITATION.lifetime
    if found is None or found.accepted_at or found.withdrawn_at or not lifetime or found.created_at + lifetime <= now:
        return
    mails.send_invitation(found, mails.language_of(found.recipient_id))
