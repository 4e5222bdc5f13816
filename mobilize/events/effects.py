"""What a change of an event tells the people who are registered for it or wait for a seat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select

from mobilize.core.db import session
from mobilize.core.effects import Effect, Outcome, PlannedChange
from mobilize.core.i18n import ngettext, show_language, show_number
from mobilize.events.models import Event
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.registrations.rules import WAITS

TOLD = (RegistrationState.REGISTERED, *WAITS)
TOLD_WHEN_CANCELLED = (*TOLD, RegistrationState.PENDING)


def effects(change: PlannedChange, _now: datetime) -> Iterator[Effect]:
    """Who is mailed at once, by state and language. People whom nobody may mail are counted: they are rows, too."""
    kind, _colon, uid = change.ref.partition(":")
    if kind != "event":
        return
    states = TOLD_WHEN_CANCELLED if change.verb == "cancelled" else TOLD
    counted = (
        select(Registration.state, Registration.language, func.count())
        .join(Event, Event.id == Registration.event_id)
        .where(Event.organisation_id == change.organisation_id, Event.uid == uid, Registration.state.in_(states))
        .group_by(Registration.state, Registration.language)
        .order_by(Registration.state.desc(), func.count().desc(), Registration.language)
    )
    for state, language, people in session.execute(counted):
        yield Effect(Outcome.TOLD, f"{state.value}:{language}", _words(state, language, people), people)


def _words(state: RegistrationState, language: str, people: int) -> str:
    named = {"count": show_number(people), "language": show_language(language)}
    if state is RegistrationState.PENDING:
        return ngettext(
            "%(count)s person who has not confirmed yet is told by email, in %(language)s",
            "%(count)s people who have not confirmed yet are told by email, in %(language)s",
            people,
            **named,
        )
    if state in WAITS:
        return ngettext(
            "%(count)s person on the waiting list is told by email, in %(language)s",
            "%(count)s people on the waiting list are told by email, in %(language)s",
            people,
            **named,
        )
    return ngettext(
        "%(count)s person who is registered gets an email at once, in %(language)s",
        "%(count)s people who are registered get an email at once, in %(language)s",
        people,
        **named,
    )
