"""What time alone makes due for accounts, as steps of a pass of the clock."""

from __future__ import annotations

from datetime import datetime

from mobilize.accounts import mail_requests, seen, sessions
from mobilize.core import db
from mobilize.core.settings import Settings


def keep_sessions(now: datetime, settings: Settings) -> None:
    """Write down which sessions are in use, then forget those that are idle or at their end."""
    with db.writing():
        seen.write_notes()
        sessions.delete_ended(now, settings.idle_limit)


def send_requested_mails(now: datetime, settings: Settings) -> None:
    """Answer whoever asked for a link, one a transaction; they wait while the installation has no mail server."""
    if settings.mails_accounts:
        db.in_steps(lambda: mail_requests.answer_next(now))
