"""Answers that wait for a confirmation, as JSON within what a visitor's request keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mobilize.questions.models import QuestionKind
from mobilize.questions.rules import Asked, Value, from_plain, takes, to_plain

Pending = list[dict[str, Any]]
"""``{"id", "name", "kind", "value"}`` of each answer; ``name`` is the question's short name."""


def to_pending(asked: Iterable[Asked], answers: Mapping[int, Value | None]) -> Pending:
    """What was answered, in the questions' order; fields left empty say nothing."""
    found = ((one, answers.get(one.id)) for one in asked)
    return [
        {"id": one.id, "name": one.slug, "kind": one.kind.value, "value": to_plain(value)}
        for one, value in found
        if value is not None
    ]


def from_pending(pending: Pending, asked: Iterable[Asked]) -> dict[int, Value]:
    """The answers by question id, as far as the questions still take them.

    A question that was withdrawn, has another kind by now or lacks the choice since gets none: the person can answer
    on their own page.
    """
    by_id = {one.id: one for one in asked}
    found: dict[int, Value] = {}
    for one in pending:
        kind = QuestionKind(one["kind"])
        question, value = by_id.get(one["id"]), from_plain(kind, one["value"])
        if question is not None and takes(question, kind, value):
            found[question.id] = value
    return found
