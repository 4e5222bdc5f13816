"""What mail can be tied to at an event: when it begins and ends, and who is registered for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date

from sqlalchemy import ColumnElement, Select, select

from mobilize.core.anchors import Anchor, Anchored, Group, Moment
from mobilize.core.db import session
from mobilize.core.i18n import current_language, lazy, text_in
from mobilize.core.when import Precision, When, first_instant
from mobilize.delivery.models import BasisKind
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import DoorScan, Registration, RegistrationForm, RegistrationState
from mobilize.events.registrations.queries import form_of
from mobilize.events.registrations.rules import WAITS
from mobilize.events.rules import OFF
from mobilize.organisations.queries import Brand, brand

IN_THE_ROOM = (Attendance.VENUE, Attendance.BOTH)


def _find(organisation_id: int, uids: Collection[str]) -> Mapping[str, Anchored]:
    wanted = select(Event, RegistrationForm).outerjoin(RegistrationForm, RegistrationForm.event_id == Event.id)
    found = session.execute(wanted.where(Event.organisation_id == organisation_id, Event.uid.in_(uids))).all()
    organisation = brand(organisation_id)
    return {event.uid: _anchored(event, form, organisation) for event, form in found}


def _anchored(event: Event, form: RegistrationForm | None, organisation: Brand) -> Anchored:
    return Anchored(
        kind="event",
        uid=event.uid,
        slug=event.slug,
        title=text_in(event.titles, current_language(), organisation.default_language),
        url=f"/studio/{organisation.slug}/calendar/{event.slug}",
        zone=event.timezone,
        moments=_moments(event, form),
        is_off=event.status in OFF and event.starts_at is not None,
        is_public=event.published_at is not None,
        languages=_languages(event, organisation.default_language),
    )


def moments_of(event: Event, when: When | None = None) -> dict[str, Moment]:
    """The moments of an event as they are, or as they would be if it took place at ``when``."""
    return _moments(event, form_of(event.id), when)


def _moments(event: Event, form: RegistrationForm | None, when: When | None = None) -> dict[str, Moment]:
    """Those that are known. A postponed or cancelled event has none: what was announced does not hold."""
    if event.status in OFF and when is None:
        return {}
    when = when or event.when
    found: dict[str, Moment] = {}
    if when.starts_at is not None and when.last_day is not None:
        found["start"] = Moment(when.starts_at, when.zone, when.precision is Precision.DATE)
        found["end"] = _end(when, when.last_day)
    opens = {"registration_opens": form.opens_at, "registration_closes": form.closes_at} if form else {}
    return found | {name: Moment(at, event.timezone) for name, at in opens.items() if at is not None}


def _end(when: When, last_day: date) -> Moment:
    """When it ends. Where no time is known for that, its last local day is: days are counted from it, hours are not."""
    if when.precision is Precision.TIME and when.ends_at is not None:
        return Moment(when.ends_at, when.zone)
    return Moment(first_instant(last_day, when.zone), when.zone, is_day=True)


def _hold(uid: str, changes: bool) -> None:
    session.execute(select(Event.id).where(Event.uid == uid).with_for_update(read=not changes))


def _languages(event: Event, default: str) -> tuple[str, ...]:
    return tuple(sorted(event.titles, key=lambda tag: (tag != default, tag)))


def _registered(*conditions: ColumnElement[bool]) -> Callable[[int, str], Select[int, int]]:
    """Registrants of an event who meet the conditions; not those who want no reminders."""

    def people(organisation_id: int, uid: str) -> Select[int, int]:
        return (
            select(Registration.recipient_id.label("recipient_id"), Registration.id.label("basis_id"))
            .join(Event, Event.id == Registration.event_id)
            .where(Event.organisation_id == organisation_id, Event.uid == uid)
            .where(Registration.quiet_since.is_(None), *conditions)
        )

    return people


def _group(label: object, *conditions: ColumnElement[bool]) -> Group:
    footer = lazy("You receive this email because you registered for “%(title)s”.")
    return Group(label, BasisKind.REGISTRATION.value, footer, _registered(*conditions))


_COMES = Registration.state == RegistrationState.REGISTERED
_CAME_IN = select(DoorScan.id).where(DoorScan.registration_id == Registration.id, DoorScan.undone_at.is_(None)).exists()


ANCHOR = Anchor(
    kind="event",
    label=lazy("Event"),
    find=_find,
    hold=_hold,
    moments={
        "start": lazy("the start"),
        "end": lazy("the end"),
        "registration_opens": lazy("registration opens"),
        "registration_closes": lazy("registration closes"),
    },
    groups={
        "registered": _group(lazy("Everybody who is registered"), _COMES),
        "room": _group(lazy("Registered to come to the place"), _COMES, Registration.attendance.in_(IN_THE_ROOM)),
        "online": _group(lazy("Registered to take part online"), _COMES, Registration.attendance == Attendance.ONLINE),
        "waiting": _group(lazy("On the waiting list"), Registration.state.in_(WAITS)),
        "attended": _group(lazy("Came in at the door"), _COMES, _CAME_IN),
    },
)
