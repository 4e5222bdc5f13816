"""Reminders about an event, for one person: stopped, and wanted again. Of changes everybody is told."""

from __future__ import annotations

from sqlalchemy import select

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.i18n import _
from mobilize.delivery.bases import Basis
from mobilize.delivery.models import BasisKind, Recipient
from mobilize.delivery.suppression.service import revoke_for
from mobilize.events.models import Event
from mobilize.events.registrations.models import Registration
from mobilize.visitors.undoing import may_undo


def stop_reminders(row: Registration, _event: Event) -> None:
    """No more mail that only reminds; what waits of it ends in the same commit. Repeating is nothing."""
    if row.quiet_since is None:
        end_waiting(row)
        row.quiet_since = clock.now()


def want_reminders(row: Registration, _event: Event) -> None:
    """From now on they get reminders again.

    Raises:
        Conflict: they were stopped a while ago, and this link may have been forwarded.
    """
    if row.quiet_since is not None and not may_undo(row.quiet_since):
        raise Conflict(_("This cannot be changed any more"))
    row.quiet_since = None


def end_waiting(row: Registration) -> None:
    """End what waits for somebody because they are registered. They are held first, as a launch holds its people."""
    session.execute(select(Recipient.id).where(Recipient.id == row.recipient_id).with_for_update())
    revoke_for(row.recipient_id, Basis(BasisKind.REGISTRATION, row.id), ())
