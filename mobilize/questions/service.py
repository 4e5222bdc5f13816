"""Changes to questions: made, changed, moved, ended. Nothing here commits. Answers are given in ``answering``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from mobilize.core import audit, clock, text
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.questions.models import Question, QuestionChoice, QuestionKind
from mobilize.questions.queries import answer_count, has_chosen, question_rows
from mobilize.questions.rules import (
    HINT_LENGTH,
    LABEL_LENGTH,
    MOST_CHOICES,
    WITH_CHOICES,
    Owner,
    usable_retention,
    usable_slug,
)


@dataclass(frozen=True)
class ChoiceFacts:
    """One choice as staff wrote it; ``uid`` of one that is there already."""

    labels: Mapping[str, str]
    uid: str = ""


@dataclass(frozen=True)
class QuestionFacts:
    """What staff can change of a question; words by language, choices in the order shown."""

    labels: Mapping[str, str]
    hints: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    sensitive: bool = False
    retention_days: int | None = None
    choices: Sequence[ChoiceFacts] = ()


def create_question(
    organisation_id: int, owner: Owner, slug: str, kind: QuestionKind, facts: QuestionFacts
) -> Question:
    """A new question, after the owner's others.

    Raises:
        Conflict: the owner has a question of this short name, maybe an ended one.
        Refused: a short name, a text, a retention or choices that do not hold.
    """
    slug = usable_slug(slug)
    others = question_rows(owner)
    if slug in {row.slug for row in others}:
        raise Conflict(_("There is a field with this short name already"))
    row = Question(
        organisation_id=organisation_id,
        owner_kind=owner.kind,
        owner_id=owner.id,
        slug=slug,
        kind=kind,
        position=max((other.position for other in others), default=-1) + 1,
        created_at=clock.now(),
    )
    _set(row, facts)
    session.add(row)
    session.flush()
    _set_choices(row, facts.choices)
    _trail("question.created", row, kind=kind.value, sensitive=row.sensitive)
    return row


def change_question(question_id: int, facts: QuestionFacts, kind: QuestionKind | None = None) -> Question:
    """Other words, choices or rules. A choice that somebody has is offered no more, and stays readable.

    Marked sensitive, earlier answers are sealed by the tick; segments stop asking at once.

    Raises:
        Conflict: people answered already, so the kind stays, and what they were told was sealed stays sealed.
        Refused: a text, a retention or choices that do not hold.
    """
    row = lock_question(question_id)
    answered = answer_count(row.id) > 0
    if answered and kind not in (None, row.kind):
        raise Conflict(_("People have answered this already: its kind stays. Make a new field instead"))
    if answered and row.sensitive and not facts.sensitive:
        raise Conflict(_("People answered while this was marked sensitive: it stays so. Make a new field instead"))
    row.to_seal = row.to_seal or (answered and facts.sensitive and not row.sensitive)
    row.kind = kind or row.kind
    _set(row, facts)
    _set_choices(row, facts.choices)
    session.flush()
    _trail("question.changed", row, sensitive=row.sensitive, retention_days=row.retention_days)
    return row


def end_question(question_id: int) -> None:
    """Ask it no more; answers stay, until their retention ends."""
    row = lock_question(question_id)
    if row.ended_at is None:
        row.ended_at = clock.now()
        _trail("question.ended", row)


def ask_again(question_id: int) -> None:
    """Ask an ended question again."""
    row = lock_question(question_id)
    if row.ended_at is not None:
        row.ended_at = None
        _trail("question.reopened", row)


def move_question(question_id: int, by: int) -> None:
    """Show it one place earlier (-1) or later (1) among the questions of its owner that are asked."""
    row = lock_question(question_id)
    rows = [one for one in question_rows(Owner(row.owner_kind, row.owner_id)) if one.ended_at is None]
    ids = [one.id for one in rows]
    to = ids.index(row.id) + by if row.id in ids else -1
    if 0 <= to < len(rows):
        rows.insert(to, rows.pop(ids.index(row.id)))
        for position, one in enumerate(rows):
            one.position = position
        _trail("question.moved", row)


def delete_questions(owner: Owner) -> None:
    """Delete the questions of an owner that is deleted itself; nobody has answered them."""
    rows = question_rows(owner)
    session.execute(delete(QuestionChoice).where(QuestionChoice.question_id.in_([row.id for row in rows])))
    for row in rows:
        session.delete(row)
    session.flush()


def lock_question(question_id: int) -> Question:
    """The question's row, which nobody answers or changes until the unit ends."""
    wanted = select(Question).where(Question.id == question_id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def _set(row: Question, facts: QuestionFacts) -> None:
    row.labels = text.required_line_each("labels", facts.labels, at_most=LABEL_LENGTH)
    row.hints = text.lines_each("hints", facts.hints, at_most=HINT_LENGTH)
    row.required, row.sensitive = facts.required, facts.sensitive
    row.retention_days = usable_retention(facts.retention_days)


def _set_choices(row: Question, wanted: Sequence[ChoiceFacts]) -> None:
    """The choices as written; one that is not among them ends, and goes if nobody has it."""
    if row.kind in WITH_CHOICES and not wanted:
        raise Refused("choices", _("Write at least one choice"))
    if len(wanted) > MOST_CHOICES:
        raise Refused("choices", _("Use at most %(count)d", count=MOST_CHOICES))
    known = {
        one.uid: one for one in session.scalars(select(QuestionChoice).where(QuestionChoice.question_id == row.id))
    }
    for position, facts in enumerate(wanted if row.kind in WITH_CHOICES else ()):
        one = known.pop(facts.uid, None) or QuestionChoice(question_id=row.id)
        one.labels = text.required_line_each("choices", facts.labels, at_most=LABEL_LENGTH)
        one.position, one.ended_at = position, None
        session.add(one)
    for one in known.values():
        _end_choice(row, one)
    session.flush()


def _end_choice(row: Question, choice: QuestionChoice) -> None:
    """Sealed answers cannot be searched for a choice, so those of a sensitive question keep every choice."""
    if has_chosen(choice.id) or (row.sensitive and answer_count(row.id)):
        choice.ended_at = choice.ended_at or clock.now()
        choice.position = MOST_CHOICES
    else:
        session.delete(choice)


def _trail(action: str, row: Question, **facts: Any) -> None:
    audit.record(action, organisation_id=row.organisation_id, subject=f"question:{row.uid}", slug=row.slug, **facts)
