"""Rows that stand for the parameters of URLs of fields (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from mobilize.delivery.models import RecipientKind
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.organisations.models import Organisation
from mobilize.questions.answering import answer
from mobilize.questions.models import QuestionKind
from mobilize.questions.queries import answers_held, question_row
from mobilize.questions.rules import StoredFile, own_fields
from mobilize.questions.service import QuestionFacts, create_question

_numbers = count(1)


def make_field(house: Organisation, kind: QuestionKind = QuestionKind.SHORT_TEXT) -> str:
    facts = QuestionFacts({"en": "Postal code"})
    slug = f"field_{next(_numbers)}"
    return create_question(house.id, own_fields(house.id), slug, kind, facts).slug


def make_answered_file(house: Organisation) -> str:
    """The row of a file; nothing is on the disk."""
    field = make_field(house, QuestionKind.FILE)
    address = f"with-a-file-{next(_numbers)}@example.org"
    person = find_or_create_recipient(house.id, house.uid, RecipientKind.PERSON, address, "en")
    question = question_row(own_fields(house.id), field)
    answer(person.id, {question.id: StoredFile("nothing", "letter.pdf", 1)})
    return next(one.uid for one in answers_held([person.id]))


MAKERS = {"field_slug": make_field, "answer_uid": make_answered_file}
