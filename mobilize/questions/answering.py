"""People's answers: given, changed, erased, deleted in time, sealed later. Nothing here commits.

Who answers locks the questions for sharing, who changes a question locks it alone: a question that somebody is
answering keeps its kind and its seal until the answer is in.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select

from mobilize.core import clock, crypto, db
from mobilize.core.db import new_uid, session
from mobilize.core.errors import NotFound
from mobilize.core.id_lists import one_of
from mobilize.delivery.recipients import hold
from mobilize.questions.models import Answer, AnswerChoice, EndedFile, Question, QuestionChoice, QuestionKind
from mobilize.questions.queries import answers_of_many, as_asked, ended_answers, retentions
from mobilize.questions.rules import Asked, StoredFile, Value, to_plain
from mobilize.questions.service import lock_question

AT_ONCE = 500

_COLUMNS = {
    QuestionKind.NUMBER: "number",
    QuestionKind.DATE: "day",
    QuestionKind.YES_NO: "yes",
    QuestionKind.COUNTRY: "country",
}


def answer(recipient_id: int, given: Mapping[int, Value | None]) -> bool:
    """Keep a person's answers; ``None`` deletes one. Whether anything changed: the same answer keeps its date.

    Raises:
        NotFound: a question of another organisation.
    """
    recipient = hold(recipient_id)
    asked = share_questions(given, recipient.organisation_id)
    return bool(answer_many({recipient_id: given}, asked))


def share_questions(question_ids: Collection[int], organisation_id: int) -> dict[int, Asked]:
    """These questions by id, locked against changes until the unit ends.

    Raises:
        NotFound: one of another organisation.
    """
    wanted = select(Question).where(one_of(Question.id, question_ids), Question.organisation_id == organisation_id)
    rows = session.scalars(wanted.order_by(Question.id).with_for_update(read=True)).all()
    if len(rows) < len(set(question_ids)):
        raise NotFound("question")
    return {one.id: one for one in as_asked(rows)}


def answer_many(given: Mapping[int, Mapping[int, Value | None]], asked: Mapping[int, Asked]) -> set[int]:
    """Answers of many people by recipient and question id; the people whose answers changed.

    The people are held and the questions shared by the caller (``hold``, ``share_questions``).
    """
    known = answers_of_many(list(given), list(asked.values()))
    changed: dict[tuple[int, int], Value | None] = {
        (person, question): value
        for person, answers in given.items()
        for question, value in answers.items()
        if known.get(person, {}).get(question) != value
    }
    if not changed:
        return set()
    _delete_pairs([pair for pair in changed if pair[1] in known.get(pair[0], {})])
    _insert({pair: value for pair, value in changed.items() if value is not None}, asked)
    return {person for person, _question in changed}


def erase_answers(recipient_id: int) -> bool:
    """Delete what a person answered, at most ``AT_ONCE``; whether there may be more."""
    some = select(Answer.id).where(Answer.recipient_id == recipient_id).order_by(Answer.id).limit(AT_ONCE)
    return _delete(list(session.scalars(some))) == AT_ONCE


def delete_answers(recipient_ids: Collection[int], question_ids: Collection[int]) -> None:
    """Delete what these people answered to these questions, as their owner ends."""
    wanted = select(Answer.id).where(
        one_of(Answer.recipient_id, recipient_ids), one_of(Answer.question_id, question_ids)
    )
    _delete(list(session.scalars(wanted)))


def delete_ended_answers(now: datetime) -> bool:
    """Delete answers whose retention ended, at most ``AT_ONCE``; whether there may be more."""
    left = AT_ONCE
    for days in retentions():
        left -= _delete(list(session.scalars(ended_answers(days, now).order_by(Answer.id).limit(left))))
        if not left:
            return True
    return False


def seal_answers() -> bool:
    """Seal plain answers to questions that were marked sensitive, at most ``AT_ONCE``; whether there may be more."""
    row = session.scalars(select(Question).where(Question.to_seal).order_by(Question.id).limit(1)).first()
    if row is None:
        return False
    row = lock_question(row.id)
    plain = select(Answer).where(Answer.question_id == row.id, Answer.value_sealed.is_(None))
    answers = session.scalars(plain.order_by(Answer.id).limit(AT_ONCE)).all()
    (asked,) = as_asked([row])
    values = answers_of_many([one.recipient_id for one in answers], [asked])
    for one in answers:
        one.value = json.dumps(to_plain(values[one.recipient_id][row.id]), ensure_ascii=False)
        one.number = one.day = one.yes = one.country = None
    session.execute(delete(AnswerChoice).where(one_of(AnswerChoice.answer_id, [one.id for one in answers])))
    row.to_seal = bool(answers)
    session.flush()
    return True


def forget_files(names: Collection[str]) -> None:
    """Note that these files are removed from the disk."""
    session.execute(delete(EndedFile).where(EndedFile.name.in_(list(names))))


def _delete_pairs(pairs: Collection[tuple[int, int]]) -> None:
    if not pairs:
        return
    people, questions = {person for person, _question in pairs}, {question for _person, question in pairs}
    rows = session.execute(
        select(Answer.id, Answer.recipient_id, Answer.question_id).where(
            one_of(Answer.recipient_id, people), one_of(Answer.question_id, questions)
        )
    )
    wanted = set(pairs)
    _delete([one for one, person, question in rows if (person, question) in wanted])


def _delete(answer_ids: Collection[int]) -> int:
    """Delete answers; their files are noted, for the tick to remove once that is committed."""
    if not answer_ids:
        return 0
    names = select(Answer.file).where(one_of(Answer.id, answer_ids), Answer.file.is_not(None))
    session.add_all(EndedFile(name=name) for name in session.scalars(names) if name)
    session.execute(delete(AnswerChoice).where(one_of(AnswerChoice.answer_id, answer_ids)))
    session.execute(delete(Answer).where(one_of(Answer.id, answer_ids)))
    session.flush()
    return len(answer_ids)


def _insert(given: Mapping[tuple[int, int], Value], asked: Mapping[int, Asked]) -> None:
    if not given:
        return
    now = clock.now()
    rows = {
        pair: {
            "organisation_id": asked[pair[1]].organisation_id,
            "recipient_id": pair[0],
            "question_id": pair[1],
            "answered_at": now,
            **_columns(asked[pair[1]], value),
        }
        for pair, value in given.items()
    }
    statement = insert(_table(Answer)).returning(_table(Answer).c.id, sort_by_parameter_order=True)
    ids = dict(zip(rows, session.scalars(statement, list(rows.values())), strict=True))
    _insert_choices({ids[pair]: value for pair, value in given.items() if not asked[pair[1]].is_sealed})


def _columns(question: Asked, value: Value) -> dict[str, Any]:
    """The row of one value: every column is named, since rows of one statement have the same."""
    uid = new_uid()
    columns: dict[str, Any] = dict.fromkeys(("number", "day", "yes", "country", "value_sealed", "file", "file_size"))
    columns["uid"] = uid
    if isinstance(value, StoredFile):
        columns |= {"file": value.stored, "file_size": value.size}
    if question.is_sealed:
        place = crypto.associated_data(Answer.__tablename__, "value_sealed", uid)
        columns["value_sealed"] = crypto.seal(json.dumps(to_plain(value), ensure_ascii=False), place)
    elif question.kind in _COLUMNS:
        columns[_COLUMNS[question.kind]] = value
    return columns


def _insert_choices(given: Mapping[int, Value]) -> None:
    uids = {uid for value in given.values() if isinstance(value, tuple) for uid in value}
    if not uids:
        return
    found = select(QuestionChoice.uid, QuestionChoice.id).where(QuestionChoice.uid.in_(uids))
    ids = dict(session.execute(found).all())
    rows = [
        {"answer_id": answer_id, "choice_id": ids[uid]}
        for answer_id, value in given.items()
        if isinstance(value, tuple)
        for uid in value
        if uid in ids
    ]
    session.execute(insert(_table(AnswerChoice)), rows)


def _table(model: type[db.Base]) -> Table:
    return cast(Table, model.__table__)
