"""Deleting an event that nobody ever saw, with its form, groups and questions. Nothing here commits."""

from __future__ import annotations

from sqlalchemy import delete, select

from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.i18n import _
from mobilize.events import service
from mobilize.events.models import Event
from mobilize.events.registrations.answers import owner_of
from mobilize.events.registrations.models import Registration, RegistrationForm, RegistrationGroup
from mobilize.questions.service import delete_questions


def delete_draft(event: Event) -> None:
    """Remove an event that was never published. See ``events.service.delete_draft``.

    Raises:
        Conflict: it was published, or somebody is on its list.
    """
    if session.scalar(select(Registration.id).where(Registration.event_id == event.id).limit(1)) is not None:
        raise Conflict(_("Somebody is on the list of this event. Cancel it instead"))
    for table in (RegistrationForm, RegistrationGroup):
        session.execute(delete(table).where(table.event_id == event.id))
    delete_questions(owner_of(event.id))
    service.delete_draft(event)
