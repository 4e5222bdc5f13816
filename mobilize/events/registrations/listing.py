"""Reads: the organiser's list of an event with its filters, and what staff did to one registration."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeVar, TypeVarTuple

from sqlalchemy import Select, func, select

from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.feature import AuditSubject
from mobilize.core.i18n import current_language, text_in
from mobilize.delivery.models import Recipient
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import AUDIT_SUBJECTS as EVENT_SUBJECTS
from mobilize.events.registrations.models import Registration, RegistrationGroup, RegistrationState
from mobilize.events.registrations.queries import PAGE, Registrant, registrant_of, registration_by_uid

MOST_HISTORY = 100

_Choice = TypeVar("_Choice", bound=StrEnum)
_Columns = TypeVarTuple("_Columns")


@dataclass(frozen=True)
class Chosen:
    """Which part of the list is wanted; ``None`` and "" do not narrow it. ``group`` is a group's uid."""

    state: RegistrationState | None = None
    attendance: Attendance | None = None
    language: str = ""
    group: str = ""

    @property
    def narrows(self) -> bool:
        return self != Chosen()

    @property
    def as_query(self) -> dict[str, str]:
        """The parameters of a URL that mean the same."""
        return {name: str(value) for name, value in asdict(self).items() if value}


def chosen(event_id: int, query: Mapping[str, str]) -> Chosen:
    """The filters of a URL.

    Raises:
        NotFound: one names a state, language or group that the list does not know.
    """
    language, group = query.get("language", ""), query.get("group", "")
    if language and language not in languages(event_id):
        raise NotFound("language")
    if group and session.scalar(_groups(event_id).where(RegistrationGroup.uid == group)) is None:
        raise NotFound("group")
    return Chosen(
        _one(RegistrationState, query.get("state", "")), _one(Attendance, query.get("attendance", "")), language, group
    )


def listed(event_id: int, wanted: Chosen, *, after: str = "", at_most: int = PAGE) -> list[Registrant]:
    """Some of the list, in the order in which people came; ``after`` is the uid of the last one seen."""
    rows = _rows(wanted, select(Registration, Recipient)).join(Recipient, Recipient.id == Registration.recipient_id)
    rows = rows.where(Registration.event_id == event_id)
    if after:
        rows = rows.where(Registration.id > registration_by_uid(event_id, after).id)
    found = session.execute(rows.order_by(Registration.id).limit(at_most))
    return [registrant_of(row, recipient) for row, recipient in found]


def total(event_id: int, wanted: Chosen) -> int:
    """How many are in that part of the list."""
    counted = _rows(wanted, select(func.count(Registration.id))).where(Registration.event_id == event_id)
    return session.scalar(counted) or 0


def languages(event_id: int) -> Sequence[str]:
    """The languages in which people registered."""
    return session.scalars(
        select(Registration.language)
        .where(Registration.event_id == event_id)
        .group_by(Registration.language)
        .order_by(Registration.language)
    ).all()


def history(row: Registration) -> Sequence[AuditEntry]:
    """What staff did to a registration, the newest first."""
    wanted = select(AuditEntry).where(AuditEntry.subject == subject(row))
    return session.scalars(wanted.order_by(AuditEntry.id.desc()).limit(MOST_HISTORY)).all()


def subject(row: Registration) -> str:
    """A registration as the trail names it."""
    return f"registration:{row.uid}"


def audit_subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """Registrations as the trail names and links them: by their event, never by the person."""
    wanted = select(Registration.uid, Event).join(Event, Event.id == Registration.event_id)
    found = session.execute(wanted.where(Event.organisation_id == organisation_id, Registration.uid.in_(uids)))
    return {uid: _audit_subject(uid, event) for uid, event in found}


def _audit_subject(uid: str, event: Event) -> AuditSubject:
    title = text_in(event.titles, current_language(), next(iter(event.titles)))
    return AuditSubject(title, "registration.show", {"event_slug": event.slug, "registration_uid": uid})


AUDIT_SUBJECTS = {**EVENT_SUBJECTS, "registration": audit_subjects}


def _rows(wanted: Chosen, rows: Select[*_Columns]) -> Select[*_Columns]:
    if wanted.state is not None:
        rows = rows.where(Registration.state == wanted.state)
    if wanted.attendance is not None:
        rows = rows.where(Registration.attendance == wanted.attendance)
    if wanted.language:
        rows = rows.where(Registration.language == wanted.language)
    if wanted.group:
        rows = rows.where(Registration.group_uid == wanted.group)
    return rows


def _groups(event_id: int) -> Select[RegistrationGroup]:
    return select(RegistrationGroup).where(RegistrationGroup.event_id == event_id)


def _one(kind: type[_Choice], value: str) -> _Choice | None:
    """Raises NotFound: the value is none of the kind's."""
    try:
        return kind(value) if value else None
    except ValueError:
        raise NotFound("filter") from None
