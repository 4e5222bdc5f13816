"""Fields of the demonstration's organisations, and what their readers answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mobilize.core.feature import Demonstrated
from mobilize.questions.answering import answer_many, share_questions
from mobilize.questions.models import QuestionKind
from mobilize.questions.queries import questions
from mobilize.questions.rules import Asked, Value, own_fields
from mobilize.questions.service import ChoiceFacts, QuestionFacts, create_question

ANSWERED_BY = 3
"""Every third reader answered nothing."""


def prepare(shown: Demonstrated) -> Callable[[int], None]:
    """The fields of the organisation's file; their readers come later (``answer_as_told``)."""

    def add(organisation_id: int) -> None:
        for one in shown.facts or ():
            facts = QuestionFacts(
                labels=one["labels"],
                hints=one.get("hints", {}),
                retention_days=one.get("retention_days"),
                choices=[ChoiceFacts(labels) for labels in one.get("choices", ())],
            )
            create_question(organisation_id, own_fields(organisation_id), one["slug"], QuestionKind(one["kind"]), facts)

    return add


def answer_as_told(organisation_id: int, told: Sequence[Mapping[str, Any]], recipient_ids: Sequence[int]) -> None:
    """Give readers, in turn, the answers that stand with each field in the organisation's file."""
    answers = {one["slug"]: one.get("answers", ()) for one in told}
    asked = [one for one in questions(own_fields(organisation_id)) if answers.get(one.slug)]
    given = {
        person: {one.id: _value(one, answers[one.slug][turn % len(answers[one.slug])]) for one in asked}
        for turn, person in enumerate(recipient_ids)
        if turn % ANSWERED_BY
    }
    if asked:
        answer_many(given, share_questions([one.id for one in asked], organisation_id))


def _value(question: Asked, told: Any) -> Value:
    """Choices are told by their places."""
    return tuple(question.choices[place].uid for place in told) if isinstance(told, list) else str(told)
