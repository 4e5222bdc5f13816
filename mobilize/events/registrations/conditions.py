"""What segments ask about registrations: for which event, how somebody takes part, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from wtforms import Form, SelectChoice, SelectField

from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.feature import Asking, Condition
from mobilize.core.i18n import _, current_language, lazy, text_in
from mobilize.core.json_fields import Fields
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import events
from mobilize.events.registrations.models import DoorScan, Registration, RegistrationForm, RegistrationState
from mobilize.organisations.queries import brand

STATES = (RegistrationState.REGISTERED, RegistrationState.PENDING, RegistrationState.LEFT)
MODES = (Attendance.VENUE, Attendance.ONLINE)


@dataclass(frozen=True)
class Registered:
    """``event`` is its uid; ``attendance`` is blank for either way of taking part."""

    event: str
    state: str
    attendance: str = ""


@dataclass(frozen=True)
class Came:
    """``event`` is its uid."""

    event: str


class CameForm(Form):
    event = SelectField(lazy("Event"))


class RegisteredForm(Form):
    event = SelectField(lazy("Event"))
    state = SelectField(
        lazy("Registration"),
        choices=[
            SelectChoice(RegistrationState.REGISTERED.value, lazy("Is registered")),
            SelectChoice(RegistrationState.PENDING.value, lazy("Has not confirmed yet")),
            SelectChoice(RegistrationState.LEFT.value, lazy("Was registered and cancelled")),
        ],
    )
    attendance = SelectField(
        lazy("Takes part"),
        choices=[
            SelectChoice("", lazy("At the place or online")),
            SelectChoice(Attendance.VENUE.value, lazy("At the place")),
            SelectChoice(Attendance.ONLINE.value, lazy("Online")),
        ],
    )


def _read(fields: Fields) -> Registered:
    found = Registered(
        fields.line("event", at_most=26, required=True),
        fields.line("state", at_most=20, required=True),
        fields.line("attendance", at_most=20),
    )
    if found.state not in STATES:
        raise Refused(fields.place("state"), _("Choose among what is offered"))
    if found.attendance not in ("", *MODES):
        raise Refused(fields.place("attendance"), _("Choose among what is offered"))
    return found


def _read_came(fields: Fields) -> Came:
    return Came(fields.line("event", at_most=26, required=True))


def _people(facts: Registered, asking: Asking) -> Select[int]:
    event = _known(asking.organisation_id, facts.event)
    people = select(Registration.recipient_id).where(
        Registration.event_id == event.id, Registration.state == RegistrationState(facts.state)
    )
    return people.where(Registration.attendance == Attendance(facts.attendance)) if facts.attendance else people


def _came(facts: Came, asking: Asking) -> Select[int]:
    """Whose ticket was let in at the door, and not taken back."""
    event = _known(asking.organisation_id, facts.event)
    people = select(Registration.recipient_id).join(DoorScan, DoorScan.registration_id == Registration.id)
    return people.where(Registration.event_id == event.id, DoorScan.undone_at.is_(None))


def _known(organisation_id: int, uid: str) -> Event:
    """Raises Refused: no event of the organisation has this uid, or its people went with their retention."""
    event = _event(organisation_id, uid)
    if _is_forgotten(event):
        raise Refused("event", _("Who registered for this event is not kept any more: only the numbers are"))
    return event


def _event(organisation_id: int, uid: str) -> Event:
    """Raises Refused: no event of the organisation has this uid."""
    found = session.scalar(select(Event).where(Event.organisation_id == organisation_id, Event.uid == uid))
    if found is None:
        raise Refused("event", _("Choose an event of this organisation"))
    return found


def _is_forgotten(event: Event) -> bool:
    """Whether its people went with their retention; its sums are written as they go."""
    sums = session.scalar(select(RegistrationForm.sums).where(RegistrationForm.event_id == event.id))
    return bool(sums)


def _words(facts: Registered, organisation_id: int) -> str:
    event = _event(organisation_id, facts.event)
    words = {
        (RegistrationState.REGISTERED, ""): lazy("is registered for “%(event)s”"),
        (RegistrationState.REGISTERED, Attendance.VENUE): lazy("is registered for “%(event)s”, at the place"),
        (RegistrationState.REGISTERED, Attendance.ONLINE): lazy("is registered for “%(event)s”, online"),
        (RegistrationState.PENDING, ""): lazy("has not confirmed for “%(event)s” yet"),
        (RegistrationState.PENDING, Attendance.VENUE): lazy("has not confirmed for “%(event)s” yet, at the place"),
        (RegistrationState.PENDING, Attendance.ONLINE): lazy("has not confirmed for “%(event)s” yet, online"),
        (RegistrationState.LEFT, ""): lazy("cancelled for “%(event)s”"),
        (RegistrationState.LEFT, Attendance.VENUE): lazy("cancelled for “%(event)s”, at the place"),
        (RegistrationState.LEFT, Attendance.ONLINE): lazy("cancelled for “%(event)s”, online"),
    }
    return str(words[RegistrationState(facts.state), facts.attendance] % {"event": _title(event)})


def _words_came(facts: Came, organisation_id: int) -> str:
    return _("came to “%(event)s”", event=_title(_event(organisation_id, facts.event)))


def _title(event: Event) -> str:
    return text_in(event.titles, current_language(), brand(event.organisation_id).default_language)


def _offer(form: Any, organisation_id: int) -> None:
    form.event.choices = [SelectChoice(one.uid, _title(one)) for one in events(organisation_id)]


REGISTERED = Condition("registered", lazy("Registered for an event"), RegisteredForm, _read, _people, _words, _offer)
CAME = Condition("came", lazy("Came to an event"), CameForm, _read_came, _came, _words_came, _offer)
