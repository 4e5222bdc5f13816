"""Answers that wait for a confirmation, as JSON within what a visitor's request keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mobilize.questions.rules import WITH_CHOICES, Asked, Value, from_plain, to_plain

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
    by_id = {one.id: one for one in asked if not one.ended}
    found = {one["id"]: (by_id[one["id"]], one) for one in pending if one["id"] in by_id}
    return {
        key: from_plain(question.kind, one["value"])
        for key, (question, one) in found.items()
        if question.kind == one["kind"] and _has_choices(question, one["value"])
    }


def _has_choices(question: Asked, value: Any) -> bool:
    return question.kind not in WITH_CHOICES or set(value) <= {one.uid for one in question.choices}
