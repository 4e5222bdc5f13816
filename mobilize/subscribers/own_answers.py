"""A person's answers to the organisation's fields, on their own page: seen, changed, deleted.

No field has to be answered there: whoever wants to change what they receive, or takes an answer back, is never held up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wtforms import BooleanField

from mobilize.core import db
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.text_fields import AnyForm
from mobilize.organisations.queries import Brand
from mobilize.questions import files
from mobilize.questions.answering import answer
from mobilize.questions.forms import (
    Words,
    answer_values,
    answers_of,
    field_name,
    question_fields,
    uploads_of,
    with_questions,
)
from mobilize.questions.models import QuestionKind
from mobilize.questions.queries import Held, answers_held, questions, require_room
from mobilize.questions.rules import Asked, Value, own_fields


@dataclass(frozen=True)
class ShownOnly:
    """An answer that the page shows without a field to change it: a file, or one to a withdrawn field."""

    label: str
    shown: str
    uid: str
    is_file: bool
    remove: Any


@dataclass(frozen=True)
class OwnAnswers:
    """What the organisation asks now, and what the person has answered, to withdrawn fields too."""

    organisation_id: int
    recipient_id: int
    asked: list[Asked]
    held: list[Held]
    words: Words

    @property
    def kept(self) -> Mapping[int, Value]:
        return {one.question.id: one.value for one in self.held}

    def form_class(self, base: type[AnyForm]) -> type[AnyForm]:
        """The form with a field for each question, and a box to delete each answer that has none."""
        made = with_questions(base, self.asked, self.words, kept=self.kept, all_optional=True)
        boxes = {_box_name(one.question): BooleanField(_("Delete this answer")) for one in self._shown_only()}
        return type(f"{base.__name__}OfPerson", (made,), boxes)

    def values(self) -> dict[str, Any]:
        """What the fields hold when the page is opened."""
        return answer_values(self.asked, self.kept)

    def fields(self, form: Form) -> list[Any]:
        return question_fields(form, self.asked)

    def shown_only(self, form: Form) -> list[ShownOnly]:
        """The answers that the page shows without a field to change them."""
        return [
            ShownOnly(
                self.words.of(one.question.labels),
                one.shown(self.words.language, self.words.default),
                one.uid,
                one.question.kind is QuestionKind.FILE,
                form[_box_name(one.question)],
            )
            for one in self._shown_only()
        ]

    def typed(self, form: Form) -> dict[int, Value | None]:
        """What was answered and what is to be deleted, by question id; refusals stand beside their fields."""
        boxes = {one.question.id: form[_box_name(one.question)].data for one in self._shown_only()}
        gone: dict[int, Value | None] = {key: None for key, ticked in boxes.items() if ticked}
        return {**answers_of(form, self.asked, self.kept), **gone}

    def uploaded(self, form: Form, folder: Path, megabytes: int) -> dict[int, Value | None]:
        """The files that were chosen, checked and sealed on disk; a refusal stands beside its field.

        Nothing may have been written yet: decoding a picture takes seconds, so the transaction ends before it.
        """
        uploads, places = uploads_of(form, self.asked), {one.id: field_name(one) for one in self.asked}
        found: dict[int, Value | None] = {}
        for key in uploads:
            with form.refusals():
                require_room(places[key], self.organisation_id, megabytes)
        db.release()
        for key, (name, octets) in {} if form.errors else uploads.items():
            with form.refusals():
                found[key] = files.store(folder, places[key], name, octets)
        return found

    def save(self, answers: Mapping[int, Value | None]) -> bool:
        """Keep what was answered; whether anything changed."""
        return bool(answers) and answer(self.recipient_id, answers)

    def _shown_only(self) -> list[Held]:
        ids = {one.id for one in self.asked if one.kind is not QuestionKind.FILE}
        return [one for one in self.held if one.question.id not in ids]


def own_answers(recipient_id: int, organisation: Brand, language: str) -> OwnAnswers:
    """What a person's page shows and takes."""
    owner = own_fields(organisation.id)
    asked = questions(owner)
    held = [one for one in answers_held([recipient_id]) if one.question.owner == owner]
    return OwnAnswers(organisation.id, recipient_id, asked, held, Words(language, organisation.default_language))


def _box_name(question: Asked) -> str:
    return f"delete_{question.slug}"
