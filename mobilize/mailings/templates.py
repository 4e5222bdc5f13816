"""What a rule sends: a template that is written and checked as a mailing, and the copies that leave when it is due."""

from __future__ import annotations

from datetime import datetime

from mobilize.audiences.audience import Audience
from mobilize.core.db import session
from mobilize.delivery.messages import cancel_message
from mobilize.mailings.content import MailingText
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.queries import state_of
from mobilize.mailings.rules import Verb, is_allowed
from mobilize.mailings.service import changed, copied, create_mailing, hold_for, locked, require_own_lists, trail


def create_template(to_whom: Audience, text: MailingText, origin: str, *, demonstration: bool = False) -> Mailing:
    """What a rule (``origin``, ``kind:uid``) sends copies of: written and checked as a mailing, never sent itself.

    Raises:
        Refused: as ``create_mailing``.
    """
    row = create_mailing(to_whom, text, demonstration=demonstration)
    row.state, row.origin = MailingState.TEMPLATE, origin
    session.flush()
    return row


def set_template_audience(row: Mailing, to_whom: Audience) -> None:
    """Other people for what a rule sends next; copies that were made stay as they are.

    Raises:
        Refused: a list that is not the organisation's.
    """
    hold_for(row, Verb.CHANGE)
    require_own_lists(to_whom)
    row.to_whom = to_whom
    changed(row, "audience")


def schedule_copy(template: Mailing, name: str, at: datetime, zone: str, *, is_urgent: bool) -> Mailing:
    """A mailing with words and audience of a template, which leaves at ``at`` (UTC). It is checked at its launch."""
    made = copied(template, name)
    made.state, made.send_at, made.send_zone, made.is_urgent = MailingState.SCHEDULED, at, zone, is_urgent
    made.origin = template.origin
    session.add(made)
    session.flush()
    trail(made, "mailing.scheduled", at=at.isoformat(), zone=zone)
    return made


def delete_template(row: Mailing) -> None:
    """Remove what a rule sent; copies that were made of it stay."""
    session.delete(row)
    trail(row, "mailing.deleted", name=row.name)


def stop(row: Mailing, reason: str) -> int:
    """Stop what has not left, because what it was tied to changed; how many people do not get it. Not a press.

    ``reason`` is shown in the ledger's words. What has ended is left as it is.
    """
    locked(row)
    if not is_allowed(Verb.CANCEL, state_of(row)):
        return 0
    revoked = 0
    if row.state is MailingState.LAUNCHED:
        revoked = cancel_message(row.message_id, reason) if row.message_id is not None else 0
        row.launch_cursor = None
    else:
        row.state, row.send_at = MailingState.CANCELLED, None
    trail(row, "mailing.stopped", revoked=revoked, reason=reason)
    return revoked
