"""The demonstration's own mailings never reach a real mail server: without the embedded inbox they are stopped."""

from __future__ import annotations

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.queries import state_of
from mobilize.mailings.rules import ENDED
from mobilize.mailings.service import cancel, take_back


def stop_demonstration() -> int:
    """Take back what is scheduled and cancel what is leaving; how many mailings that were. Commits nothing."""
    armed = select(Mailing).where(
        Mailing.is_demonstration, Mailing.state.in_((MailingState.SCHEDULED, MailingState.LAUNCHED))
    )
    rows = [row for row in session.scalars(armed.order_by(Mailing.id)) if state_of(row) not in ENDED]
    for row in rows:
        stop = take_back if row.state is MailingState.SCHEDULED else cancel
        stop(row)
    return len(rows)
