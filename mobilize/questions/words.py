"""What the trail calls changes of questions, and the question that an entry is about. No entry holds an answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.feature import AuditSubject
from mobilize.core.i18n import current_language, lazy, text_in
from mobilize.questions.models import Question
from mobilize.questions.rules import KIND_WORDS

AUDIT = {
    "question.changed": lazy("Field changed"),
    "question.created": lazy("Field made"),
    "question.ended": lazy("Field withdrawn"),
    "question.moved": lazy("Order of fields changed"),
    "question.reopened": lazy("Field used again"),
    "fact:kind": lazy("kind"),
    "fact:retention_days": lazy("days kept"),
    "fact:sensitive": lazy("sensitive"),
    **{f"fact:kind:{kind.value}": words for kind, words in KIND_WORDS.items()},
}


def subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """The organisation's own fields among these."""
    wanted = select(Question).where(
        Question.organisation_id == organisation_id, Question.uid.in_(uids), Question.owner_kind == "organisation"
    )
    return {row.uid: _subject(row) for row in session.scalars(wanted)}


def _subject(row: Question) -> AuditSubject:
    name = text_in(row.labels, current_language(), "")
    return AuditSubject(name, "fields.edit", {"field_slug": row.slug})


SUBJECTS = {"question": subjects}
