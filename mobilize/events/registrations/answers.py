"""What an event's form asks beside the name, and what people answered. Questions and answers are ``questions``' own.

They are held as long as the registration that they were given with; a question may end its answers sooner.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.events.registrations.models import Registration
from mobilize.questions.answering import answer, delete_answers
from mobilize.questions.models import QuestionKind
from mobilize.questions.pending import Pending, from_pending
from mobilize.questions.queries import answers_of, every_question, questions
from mobilize.questions.rules import Asked, Owner, shown

KINDS = tuple(kind for kind in QuestionKind if kind is not QuestionKind.FILE)
"""What a form can ask of somebody who has not confirmed their address: files would lie on disk for nobody."""


def owner_of(event_id: int) -> Owner:
    """Whose questions they are."""
    return Owner("event", event_id)


def questions_of(event_id: int) -> list[Asked]:
    """What the event's form asks now."""
    return questions(owner_of(event_id))


def keep(event_id: int, recipient_id: int, pending: Pending) -> None:
    """Store the answers that came with a request, now that its mailbox is confirmed."""
    given = from_pending(pending, questions_of(event_id))
    if given:
        answer(recipient_id, given)


def shown_of(event_id: int, recipient_id: int, language: str, default: str) -> list[tuple[str, str]]:
    """Question and answer of one person in words of a language, withdrawn questions too where they answered."""
    asked = every_question(owner_of(event_id))
    kept = answers_of(recipient_id, asked)
    return [
        (one.label(language, default), shown(one, kept[one.id], language, default)) for one in asked if one.id in kept
    ]


def forget(event_id: int, recipient_ids: Sequence[int]) -> None:
    """Delete these people's answers to the event's questions."""
    asked = every_question(owner_of(event_id))
    if asked and recipient_ids:
        delete_answers(recipient_ids, [one.id for one in asked])


def forget_earlier(registration_ids: Collection[int]) -> None:
    """Delete what these people answered when they were registered before, as their registrations are deleted."""
    wanted = select(Registration.event_id, Registration.recipient_id).where(Registration.id.in_(registration_ids))
    people: dict[int, list[int]] = {}
    for event_id, recipient_id in session.execute(wanted):
        people.setdefault(event_id, []).append(recipient_id)
    for event_id, recipient_ids in people.items():
        forget(event_id, recipient_ids)
