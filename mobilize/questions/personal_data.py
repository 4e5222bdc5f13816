"""What is held about a person in answers, to whoever asked, and until when."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from mobilize.core.feature import Kept, PersonalData, Said, Section, Value
from mobilize.core.i18n import current_language, lazy
from mobilize.organisations.queries import brand
from mobilize.questions.answering import erase_answers
from mobilize.questions.queries import Held, answers_held
from mobilize.questions.rules import StoredFile, to_plain

_ANSWERS = {
    "question": lazy("Question"),
    "answer": lazy("Answer"),
    "at": lazy("When"),
    "until": lazy("Deleted on"),
}


def _held(recipient_ids: Sequence[int]) -> Sequence[Section]:
    rows = [_row(one) for one in answers_held(recipient_ids)]
    return (Section("answers", lazy("Answers"), _ANSWERS, rows),)


def _row(one: Held) -> Mapping[str, Value]:
    organisation, language = brand(one.question.organisation_id), current_language()
    default = organisation.default_language
    url = f"/studio/{organisation.slug}/people/fields/files/{one.uid}" if isinstance(one.value, StoredFile) else ""
    return {
        "question": Said(one.question.slug, one.question.label(language, default)),
        "answer": Said(_value(one, default), one.shown(language, default), url),
        "at": one.answered_at,
        "until": one.ends_at,
    }


def _value(one: Held, default: str) -> str:
    """As a program reads it; choices by their names, a file by what its owner called it."""
    if isinstance(one.value, StoredFile | tuple):
        return one.shown(default, default)
    plain = to_plain(one.value)
    return plain if isinstance(plain, str) else json.dumps(plain)


PERSONAL = PersonalData(_held, erase_answers)
KEPT = (
    Kept(
        lazy("Answers to fields and forms, with their files"),
        lazy("as many days after the answer as its question says; else until the person is erased"),
        "mobilize.questions.tick_steps:delete_ended_answers",
    ),
)
