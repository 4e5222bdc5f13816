"""Rows that stand for the parameters of URLs of fields (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from mobilize.organisations.models import Organisation
from mobilize.questions.models import QuestionKind
from mobilize.questions.rules import own_fields
from mobilize.questions.service import QuestionFacts, create_question

_numbers = count(1)


def make_field(house: Organisation) -> str:
    facts = QuestionFacts({"en": "Postal code"})
    slug = f"field_{next(_numbers)}"
    return create_question(house.id, own_fields(house.id), slug, QuestionKind.SHORT_TEXT, facts).slug


MAKERS = {"field_slug": make_field}
