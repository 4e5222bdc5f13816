"""What the organiser writes to people of an event, outside the mails that follow its changes. Nothing here commits.

form -> check (texts, number of people) -> press -> send: the event locked, people counted again -> one message

Why somebody may be mailed is their registration: it enrols nobody in anything, and who left the event gets nothing.
A cancellation of the event revokes what has not been sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVarTuple

from sqlalchemy import Select, func, select

from mobilize.core import audit, clock
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _, show_number, text_in
from mobilize.core.text import lines_each, one_line_each
from mobilize.delivery.bases import Basis
from mobilize.delivery.models import BasisKind, Message
from mobilize.delivery.queries import Groups, groups
from mobilize.delivery.service import Addressee, Common, send_many
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.mails import facts_in, own_link, request_anchor
from mobilize.events.registrations.models import Addressed, RegistrantMessage, Registration, RegistrationState
from mobilize.events.registrations.rules import WAITS
from mobilize.events.registrations.seats import lock
from mobilize.organisations.queries import Brand

SUBJECT_LENGTH, TEXT_LENGTH = 150, 5000
_Columns = TypeVarTuple("_Columns")
_UID = re.compile(r"[a-z2-7]{26}\Z")


@dataclass(frozen=True)
class Draft:
    """A message before it is sent; subjects and texts by language."""

    addressed: Addressed
    subjects: Mapping[str, str]
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Sent:
    """A message, and what became of it; ``counts`` is None once the ledger has forgotten it."""

    row: RegistrantMessage
    counts: Groups | None


def checked(draft: Draft, default: str) -> Draft:
    """The draft as it would be sent.

    Raises:
        Refused: the default language, or the other half of another one, is missing, or a text does not hold.
    """
    subjects = one_line_each("subjects", draft.subjects, at_most=SUBJECT_LENGTH)
    texts = lines_each("texts", draft.texts, at_most=TEXT_LENGTH)
    for field, known in (("subjects", subjects), ("texts", texts)):
        if not {default, *subjects, *texts} <= known.keys():
            raise Refused(field, _("Write subject and text in your main language, and both in any other one you use"))
    return Draft(draft.addressed, subjects, texts)


def people_count(event_id: int, addressed: Addressed) -> int:
    """How many people a message would go to now."""
    return session.scalar(_people(select(func.count(Registration.id)), event_id, addressed)) or 0


def send(event: Event, house: Brand, draft: Draft, *, seen: int, once: str) -> RegistrantMessage:
    """Send a message to everybody whom it addresses. ``once`` names the press: pressed twice, it is sent once.

    Raises:
        Conflict: other than ``seen`` people would get it now; nothing is sent.
        Refused: a text that does not hold, or nobody to send it to.
    """
    too_old = Refused("once", _("This page was open for too long. Nothing was lost: press the button again"))
    if not _UID.match(once):  # it may hold what PostgreSQL takes in no text
        raise too_old
    lock(event)
    known = session.scalar(select(RegistrantMessage).where(RegistrantMessage.uid == once))
    if known is not None and known.event_id == event.id:
        return known
    if known is not None:
        raise too_old
    draft = checked(draft, house.default_language)
    wanted = _people(select(Registration), event.id, draft.addressed).order_by(Registration.id)
    people = session.scalars(wanted).all()
    if not people:
        raise Refused("addressed", _("Nobody is in this group"))
    if len(people) != seen:
        raise Conflict(
            _("Meanwhile it would go to %(count)s people. Nothing was sent.", count=show_number(len(people)))
        )
    row = RegistrantMessage(
        uid=once,
        event_id=event.id,
        addressed=draft.addressed,
        subjects=dict(draft.subjects),
        texts=dict(draft.texts),
        message_uid=_mailed(event, house, draft, people),
        sent_at=clock.now(),
    )
    session.add(row)
    audit.record(
        "registrations.messaged",
        organisation_id=event.organisation_id,
        subject=f"event:{event.uid}",
        people=len(people),
        addressed=draft.addressed.value,
    )
    return row


def sent(event_id: int) -> list[Sent]:
    """An event's messages, the newest first, with what became of them."""
    wanted = select(RegistrantMessage, Message.id).outerjoin(Message, Message.uid == RegistrantMessage.message_uid)
    wanted = wanted.where(RegistrantMessage.event_id == event_id).order_by(RegistrantMessage.id.desc())
    return [
        Sent(row, groups(message_id) if message_id is not None else None) for row, message_id in session.execute(wanted)
    ]


def _mailed(event: Event, house: Brand, draft: Draft, people: Sequence[Registration]) -> str:
    def common(language: str) -> Common:
        default = house.default_language
        words = {
            "subject": text_in(dict(draft.subjects), language, default),
            "text": text_in(dict(draft.texts), language, default),
        }
        return Common({**facts_in(event, house, language), **words})

    return send_many(
        "events/message",
        [
            Addressee(
                row.recipient_id,
                row.language,
                personal_links=own_link(row),
                basis=Basis(BasisKind.REGISTRATION, row.id),
            )
            for row in people
        ],
        organisation=house,
        anchor=request_anchor(event),
        common=common,
        person_asked=False,
    )


def _people(rows: Select[*_Columns], event_id: int, addressed: Addressed) -> Select[*_Columns]:
    rows = rows.where(Registration.event_id == event_id)
    if addressed is Addressed.WAITING:
        return rows.where(Registration.state.in_(WAITS))
    rows = rows.where(Registration.state == RegistrationState.REGISTERED)
    if addressed is Addressed.ROOM:
        return rows.where(Registration.attendance != Attendance.ONLINE)
    return rows.where(Registration.attendance == Attendance.ONLINE) if addressed is Addressed.ONLINE else rows
