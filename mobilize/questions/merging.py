"""Answers that mailings show as ``{{field|fallback}}``: looked up when a mail is rendered, kept nowhere else.

Only short answers to fields that are not sensitive (``rules.mergeable``). A field that was marked sensitive after a
launch shows nothing from then on: the reader gets the fallback.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Row, Select, Table, select

from mobilize.core import crypto
from mobilize.core.id_lists import one_of
from mobilize.questions.models import Answer, AnswerChoice, Question, QuestionChoice, QuestionKind
from mobilize.questions.rules import MERGED, Asked, Choice, Owner, Value, from_plain, shown

_answers, _questions, _chosen, _choices = (
    cast(Table, model.__table__) for model in (Answer, Question, AnswerChoice, QuestionChoice)
)


class Slot(NamedTuple):
    """``answer:<language>:<field>``, taken apart."""

    name: str
    language: str
    field: str


def answer_words(
    connection: Connection, recipient_ids: Collection[int], slots: Collection[str]
) -> Mapping[int, Mapping[str, str]]:
    """Recipient id -> slot -> the answer in words of the slot's language; two statements, however many people."""
    wanted: dict[str, list[Slot]] = defaultdict(list)
    for name in slots:
        _answer, language, field = name.split(":")
        wanted[field].append(Slot(name, language, field))
    rows = connection.execute(_stored(recipient_ids, wanted)).all()
    labels = _labels(connection, [row.id for row in rows if row.kind is QuestionKind.CHOICE])
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for row in rows:
        value, question = _read(row, labels.get(row.id, ()))
        for slot in wanted[row.slug]:
            found[row.recipient_id][slot.name] = shown(question, value, slot.language, slot.language)
    return found


def _stored(recipient_ids: Collection[int], fields: Collection[str]) -> Select[Any]:
    return (
        select(_answers, _questions.c.slug, _questions.c.kind)
        .join(_questions, _questions.c.id == _answers.c.question_id)
        .where(
            one_of(_answers.c.recipient_id, recipient_ids),
            _questions.c.owner_kind == "organisation",
            _questions.c.slug.in_(list(fields)),
            _questions.c.kind.in_(list(MERGED)),
            _questions.c.sensitive.is_(False),
        )
    )


def _labels(connection: Connection, answer_ids: Sequence[int]) -> dict[int, list[Choice]]:
    if not answer_ids:
        return {}
    wanted = (
        select(_chosen.c.answer_id, _choices.c.uid, _choices.c.labels)
        .join(_choices, _choices.c.id == _chosen.c.choice_id)
        .where(one_of(_chosen.c.answer_id, answer_ids))
    )
    found: dict[int, list[Choice]] = defaultdict(list)
    for answer_id, uid, labels in connection.execute(wanted):
        found[answer_id].append(Choice(uid, labels))
    return found


def _read(row: Row[Any], chosen: Sequence[Choice]) -> tuple[Value, Asked]:
    question = Asked(
        row.question_id, row.organisation_id, Owner("", 0), "", row.slug, row.kind, {}, choices=tuple(chosen)
    )
    if row.value_sealed is not None:
        place = crypto.associated_data(_answers.name, "value_sealed", row.uid)
        return from_plain(row.kind, json.loads(crypto.unseal(row.value_sealed, place))), question
    plain = {QuestionKind.NUMBER: row.number, QuestionKind.DATE: row.day, QuestionKind.COUNTRY: row.country}
    value = plain.get(row.kind)
    return tuple(one.uid for one in chosen) if value is None else value, question
