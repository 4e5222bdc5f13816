"""Changes of fairs. Nothing here commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from mobilize.core import audit
from mobilize.core.db import session
from mobilize.delivery.models import RecipientKind
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.delivery.service import PersonalLink, send
from mobilize.delivery.source_holds import hold_for_source
from mobilize.organisations.queries import Brand
from mobilize.questions.answering import answer
from mobilize.questions.pending import from_pending
from mobilize.questions.queries import questions
from mobilize.visitors import requests
from tests.toy.models import Fair, Registration
from tests.toy.purposes import CONFIRM
from tests.toy.rules import Registering, began_before, questions_of

KIND = "fair"
KEPT_FOR = timedelta(days=365)
AT_ONCE = 500


def create_fair(organisation_id: int, slug: str, title: str, begins_at: datetime) -> Fair:
    """A new fair."""
    row = Fair(organisation_id=organisation_id, slug=slug, title=title, begins_at=begins_at)
    session.add(row)
    session.flush()
    audit.record("fair.created", organisation_id=organisation_id, subject=f"fair:{row.uid}")
    return row


def copy_fairs(organisation_id: int, uids: Sequence[str], edition: str) -> list[str]:
    """Fairs of a campaign's next edition, a year later."""
    own = select(Fair).where(Fair.organisation_id == organisation_id, Fair.uid.in_(uids))
    found = session.scalars(own.order_by(Fair.id)).all()
    later = timedelta(days=364)
    return [
        create_fair(organisation_id, f"{row.slug}-{edition}", row.title, row.begins_at + later).uid for row in found
    ]


def move_fair(fair_id: int, begins_at: datetime) -> list[int]:
    """Give a fair another time. Mailings that show it wait, from this commit on; their messages' ids."""
    fair = session.get_one(Fair, fair_id, with_for_update=True, populate_existing=True)
    fair.begins_at, fair.version = begins_at, fair.version + 1
    session.flush()
    return hold_for_source(f"fair:{fair.uid}", fair.version)


def ask(fair: Fair, house: Brand, address: str, what: Registering, language: str) -> None:
    """Keep a registration until the mailbox's owner confirms it, and mail them the link."""
    recipient = find_or_create_recipient(house.id, house.uid, RecipientKind.PERSON, address, language)
    request = requests.keep(KIND, fair.id, recipient, language, asdict(what))
    if request is not None:
        send(
            "fairs/confirm",
            organisation=house,
            language=language,
            recipient=recipient,
            anchor=f"fair:{fair.uid}",
            facts={"title": fair.title},
            personal_links={"action_url": PersonalLink(CONFIRM, (request.id,))},
        )


def confirm(request_id: int) -> None:
    """Register; twice is once.

    Raises:
        NotFound: the request is forgotten.
    """
    request = requests.confirm_once(KIND, request_id)
    if request is None:
        return
    what = Registering(**requests.payload_of(request))
    known = select(Registration.id).where(
        Registration.fair_id == request.subject_id, Registration.recipient_id == request.recipient_id
    )
    if session.scalar(known) is None:
        row = Registration(fair_id=request.subject_id, recipient_id=request.recipient_id, guests=what.guests)
        session.add(row)
        fair = session.get_one(Fair, request.subject_id)
        audit.record("fair.registered", organisation_id=fair.organisation_id, subject=f"fair:{fair.uid}")
    asked = questions(questions_of(request.subject_id))
    answer(request.recipient_id, from_pending(what.answers, asked))


def end_fairs(now: datetime) -> None:
    """Mark the fairs that are over."""
    ended = update(Fair).where(Fair.is_over.is_(False), Fair.begins_at <= began_before(now))
    session.execute(ended.values(is_over=True, version=Fair.version + 1))


def forget_visitors(now: datetime) -> bool:
    """Delete some registrations of fairs long over; whether there may be more."""
    old = select(Fair.id).where(Fair.begins_at < now - KEPT_FOR)
    some = select(Registration.id).where(Registration.fair_id.in_(old)).order_by(Registration.id).limit(AT_ONCE)
    found = list(session.scalars(some))
    session.execute(delete(Registration).where(Registration.id.in_(found)))
    return len(found) == AT_ONCE
