"""Reads: an owner's questions, one person's answers, those of many people, and what is held of somebody."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from mobilize.core.db import session
from mobilize.core.errors import NotFound, Refused
from mobilize.core.i18n import _
from mobilize.core.id_lists import one_of
from mobilize.questions.models import Answer, AnswerChoice, EndedFile, Question, QuestionChoice, QuestionKind
from mobilize.questions.rules import Asked, Choice, Owner, StoredFile, Value, from_plain, mergeable, own_fields, shown


@dataclass(frozen=True)
class Held:
    """One answer that is held of a person; ``ends_at``: when it will be deleted, ``None``: not before the person."""

    question: Asked
    uid: str
    value: Value
    answered_at: datetime
    ends_at: datetime | None

    def shown(self, language: str, default: str) -> str:
        return shown(self.question, self.value, language, default)


def question_rows(owner: Owner) -> Sequence[Question]:
    """Every question of an owner in its order, ended ones too."""
    wanted = select(Question).where(Question.owner_kind == owner.kind, Question.owner_id == owner.id)
    return session.scalars(wanted.order_by(Question.position, Question.id)).all()


def question_row(owner: Owner, slug: str) -> Question:
    """Raises NotFound: the owner has no question of this short name."""
    wanted = select(Question).where(
        Question.owner_kind == owner.kind, Question.owner_id == owner.id, Question.slug == slug
    )
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("question")
    return found


def questions(owner: Owner) -> list[Asked]:
    """What an owner asks now, in its order."""
    return [one for one in every_question(owner) if not one.ended]


def merge_fields(organisation_id: int) -> dict[str, bool]:
    """The organisation's own fields by their short names, and whether mailings can show their answers."""
    return {one.slug: mergeable(one) for one in questions(own_fields(organisation_id))}


def every_question(owner: Owner) -> list[Asked]:
    """What an owner asks or has asked, in its order."""
    return as_asked(question_rows(owner))


def questions_by_id(question_ids: Iterable[int], organisation_id: int) -> list[Asked]:
    """Those of the organisation that are still asked, in the given order."""
    ids = list(question_ids)
    wanted = select(Question).where(one_of(Question.id, ids), Question.organisation_id == organisation_id)
    found = {one.id: one for one in as_asked(session.scalars(wanted).all()) if not one.ended}
    return [found[one] for one in ids if one in found]


def as_asked(rows: Iterable[Question]) -> list[Asked]:
    """Rows with their choices as values, in the rows' order."""
    wanted = list(rows)
    choices: dict[int, list[Choice]] = defaultdict(list)
    found = select(QuestionChoice).where(one_of(QuestionChoice.question_id, [row.id for row in wanted]))
    for one in session.scalars(found.order_by(QuestionChoice.position, QuestionChoice.id)) if wanted else ():
        choices[one.question_id].append(Choice(one.uid, one.labels, one.ended_at is not None))
    return [_asked(row, tuple(choices[row.id])) for row in wanted]


def answer_count(question_id: int) -> int:
    """How many people have answered a question."""
    return session.scalar(select(func.count()).where(Answer.question_id == question_id)) or 0


def answer_counts(owner: Owner) -> dict[int, int]:
    """Question id -> how many people have answered it."""
    counted = (
        select(Answer.question_id, func.count())
        .join(Question, Question.id == Answer.question_id)
        .where(Question.owner_kind == owner.kind, Question.owner_id == owner.id)
        .group_by(Answer.question_id)
    )
    return dict(session.execute(counted).all())


def answers_of(recipient_id: int, asked: Collection[Asked]) -> dict[int, Value]:
    """Question id -> a person's answer, for those of the questions that they answered."""
    return answers_of_many([recipient_id], asked).get(recipient_id, {})


def answers_of_many(recipient_ids: Collection[int], asked: Collection[Asked]) -> dict[int, dict[int, Value]]:
    """Recipient id -> question id -> answer; two statements, however many people."""
    by_id = {one.id: one for one in asked}
    if not by_id or not recipient_ids:
        return {}
    rows = session.scalars(
        select(Answer).where(one_of(Answer.recipient_id, recipient_ids), one_of(Answer.question_id, by_id))
    ).all()
    chosen = _chosen_uids(rows)
    found: dict[int, dict[int, Value]] = defaultdict(dict)
    for row in rows:
        found[row.recipient_id][row.question_id] = value_of(row, by_id[row.question_id].kind, chosen)
    return found


def answers_held(recipient_ids: Sequence[int]) -> list[Held]:
    """Everything that a person answered, to whoever asked, ended questions too, the oldest question first."""
    wanted = select(Answer, Question).join(Question, Question.id == Answer.question_id)
    found = session.execute(wanted.where(one_of(Answer.recipient_id, recipient_ids)).order_by(Question.id)).all()
    asked = {one.id: one for one in as_asked(row for _answer, row in found)}
    chosen = _chosen_uids([answer for answer, _row in found])
    return [_held(answer, asked[answer.question_id], chosen) for answer, _row in found]


def answered_file(organisation_id: int, uid: str, recipient_id: int | None = None) -> StoredFile:
    """The file of one answer; with ``recipient_id``, only of that person.

    Raises:
        NotFound: no answer of the organisation (and person) with this uid is a file.
    """
    wanted = select(Answer).where(Answer.organisation_id == organisation_id, Answer.uid == uid)
    row = session.scalar(wanted if recipient_id is None else wanted.where(Answer.recipient_id == recipient_id))
    if row is None or row.file is None:
        raise NotFound("file")
    value = value_of(row, QuestionKind.FILE, {})
    assert isinstance(value, StoredFile)  # noqa: S101 - what the column says
    return value


def stored_octets(organisation_id: int) -> int:
    """What the files that people gave an organisation take on disk."""
    return session.scalar(select(func.sum(Answer.file_size)).where(Answer.organisation_id == organisation_id)) or 0


def files_in_use(names: Collection[str]) -> set[str]:
    """Those of these files on disk that an answer names."""
    return set(session.scalars(select(Answer.file).where(Answer.file.in_(list(names)))))


def require_room(field: str, organisation_id: int, megabytes: int) -> None:
    """Raises Refused: the files that people gave the organisation take so much already."""
    if stored_octets(organisation_id) >= megabytes * 1024**2:
        raise Refused(field, _("No more files can be taken at the moment. Everything else can be saved"))


def ended_files(at_most: int) -> list[str]:
    """Files on disk whose answers were deleted."""
    return list(session.scalars(select(EndedFile.name).order_by(EndedFile.id).limit(at_most)))


def retentions() -> list[int]:
    """Every number of days after which the answers to some question are deleted."""
    wanted = select(Question.retention_days).where(Question.retention_days.is_not(None)).distinct()
    return [days for days in session.scalars(wanted) if days]


def ended_answers(days: int, now: datetime) -> Select[int]:
    """The ids of answers to questions with this retention that were given before it began."""
    of_these = select(Question.id).where(Question.retention_days == days)
    return select(Answer.id).where(Answer.question_id.in_(of_these), Answer.answered_at <= now - timedelta(days=days))


def has_ended_answers(now: datetime) -> bool:
    """Whether the retention of any answer ended."""
    return any(session.scalar(ended_answers(days, now).limit(1)) is not None for days in retentions())


def has_answers_to_seal() -> bool:
    """Whether a question was marked sensitive whose earlier answers may stand in plain columns."""
    return session.scalar(select(Question.id).where(Question.to_seal).limit(1)) is not None


def has_chosen(choice_id: int) -> bool:
    """Whether an answer in plain columns names the choice."""
    return (
        session.scalar(select(AnswerChoice.answer_id).where(AnswerChoice.choice_id == choice_id).limit(1)) is not None
    )


def value_of(row: Answer, kind: QuestionKind, chosen: Mapping[int, tuple[str, ...]]) -> Value:
    """An answer from whichever column holds it; ``chosen`` are the uids of choices by answer id."""
    if row.value_sealed is not None:
        return from_plain(kind, json.loads(row.value))
    plain = {
        QuestionKind.NUMBER: row.number,
        QuestionKind.DATE: row.day,
        QuestionKind.YES_NO: row.yes,
        QuestionKind.COUNTRY: row.country,
    }
    value = plain.get(kind)
    return chosen.get(row.id, ()) if value is None else value


def _chosen_uids(rows: Sequence[Answer]) -> dict[int, tuple[str, ...]]:
    if not rows:
        return {}
    wanted = (
        select(AnswerChoice.answer_id, QuestionChoice.uid)
        .join(QuestionChoice, QuestionChoice.id == AnswerChoice.choice_id)
        .where(one_of(AnswerChoice.answer_id, [row.id for row in rows]))
        .order_by(QuestionChoice.position, QuestionChoice.id)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for answer_id, uid in session.execute(wanted):
        found[answer_id].append(uid)
    return {answer_id: tuple(uids) for answer_id, uids in found.items()}


def _asked(row: Question, choices: tuple[Choice, ...]) -> Asked:
    return Asked(
        id=row.id,
        organisation_id=row.organisation_id,
        owner=Owner(row.owner_kind, row.owner_id),
        uid=row.uid,
        slug=row.slug,
        kind=row.kind,
        labels=row.labels,
        hints=row.hints,
        choices=choices,
        required=row.required,
        sensitive=row.sensitive,
        retention_days=row.retention_days,
        ended=row.ended_at is not None,
    )


def _held(row: Answer, question: Asked, chosen: Mapping[int, tuple[str, ...]]) -> Held:
    days = question.retention_days
    ends_at = row.answered_at + timedelta(days=days) if days else None
    return Held(question, row.uid, value_of(row, question.kind, chosen), row.answered_at, ends_at)
