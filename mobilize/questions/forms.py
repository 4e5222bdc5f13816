"""Questions as fields of any form, and what was typed there as typed answers.

``with_questions(SomeForm, asked, …)`` -> a form with a field ``answer_<slug>`` for each question
form.validate() -> ``answers_of(form, asked)``: values by question id, refusals beside their fields
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import (
    Field,
    FileField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional
from wtforms.widgets import DateInput

from mobilize.core.countries import country_names
from mobilize.core.errors import Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, ngettext, text_in
from mobilize.core.text_fields import REQUIRED, AnyForm
from mobilize.questions.files import KINDS
from mobilize.questions.models import QuestionKind
from mobilize.questions.rules import LARGEST_DAY, SHORT_LENGTH, SMALLEST_DAY, Asked, StoredFile, Value, read_typed

RADIOS_AT_MOST = 7
"""More choices than these are a list to open."""


@dataclass(frozen=True)
class Words:
    """In which language a form is shown, and the organisation's own for words that are not written in it."""

    language: str
    default: str

    def of(self, texts: Mapping[str, str]) -> str:
        return text_in(dict(texts), self.language, self.default)


def field_name(question: Asked) -> str:
    """The name of a question's field in every form."""
    return f"answer_{question.slug}"


def with_questions(
    form: type[AnyForm],
    asked: Sequence[Asked],
    words: Words,
    *,
    kept: Mapping[int, Value] | None = None,
    all_optional: bool = False,
) -> type[AnyForm]:
    """The form with a field for each question.

    ``kept`` are the person's present answers by question id: an ended choice is still offered to whoever has it.
    """
    fields = {
        field_name(one): _field(one, words, (kept or {}).get(one.id), required=one.required and not all_optional)
        for one in asked
    }
    return type(f"{form.__name__}WithQuestions", (form,), fields)


def answer_values(asked: Sequence[Asked], kept: Mapping[int, Value]) -> dict[str, Any]:
    """A person's present answers as what their fields hold; those that are no questions of the form are left out."""
    return {field_name(one): _typed(one, kept[one.id]) for one in asked if one.id in kept and not _is_file(one)}


def answers_of(form: Form, asked: Sequence[Asked], kept: Mapping[int, Value] | None = None) -> dict[int, Value | None]:
    """What was answered, by question id; ``None`` where a field was left empty. Files are read by ``uploads_of``.

    A value that a question does not take stands beside its field as an error, and is left out.
    """
    found: dict[int, Value | None] = {}
    for one in asked:
        if _is_file(one) or form[field_name(one)].errors:
            continue
        try:
            found[one.id] = read_typed(one, typed_in(form, one), (kept or {}).get(one.id))
        except Refused as refusal:
            form.refuse(Refused(field_name(one), refusal.message))
    return found


def uploads_of(form: Form, asked: Sequence[Asked]) -> dict[int, tuple[str, bytes]]:
    """Name and octets of each file that was chosen, by question id."""
    chosen = {one.id: form[field_name(one)].data for one in asked if _is_file(one)}
    read = {key: (file.filename or "", file.read()) for key, file in chosen.items() if isinstance(file, FileStorage)}
    return {key: (name, octets) for key, (name, octets) in read.items() if name}


def typed_in(form: Form, question: Asked) -> list[str]:
    """What a question's field holds as it was sent, for a page that sends it once more."""
    data = form[field_name(question)].data
    return [str(one) for one in data] if isinstance(data, list) else [str(data or "")]


def question_fields(form: Form, asked: Collection[Asked]) -> list[Field]:
    """The fields as a page shows them, in the questions' order."""
    return [form[field_name(one)] for one in asked]


def _is_file(question: Asked) -> bool:
    return question.kind is QuestionKind.FILE


def _field(question: Asked, words: Words, kept: Value | None, *, required: bool) -> Any:
    rules = [REQUIRED if required else Optional()]
    about = {"label": words.of(question.labels), "validators": rules, "description": _hint(question, words)}
    return _FIELDS[question.kind](question, words, kept, about)


def _hint(question: Asked, words: Words) -> str:
    parts = [words.of(question.hints)]
    if _is_file(question):
        parts.append(_("At most 10 megabytes: %(kinds)s.", kinds=", ".join(KINDS)))
    if question.retention_days:
        days = question.retention_days
        parts.append(
            ngettext("We delete your answer after %(num)s day.", "We delete your answer after %(num)s days.", days)
        )
    return " ".join(part for part in parts if part)


def _typed(question: Asked, value: Value) -> Any:
    if isinstance(value, tuple):
        return list(value) if question.kind is QuestionKind.SEVERAL else value[0] if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return "" if isinstance(value, StoredFile) else str(value)


def _offered(question: Asked, words: Words, kept: Value | None) -> list[SelectChoice]:
    return [SelectChoice(one.uid, words.of(one.labels)) for one in question.offered(kept)]


def _one_of(choices: list[SelectChoice], about: dict[str, Any], *, listed: bool) -> Any:
    """Radios for few, a list for many; where nothing needs to be chosen, "no answer" can be."""
    optional = about["validators"][0] is not REQUIRED
    if listed:
        return SelectField(choices=[SelectChoice("", "–"), *choices], validate_choice=False, default="", **about)
    offered = [*choices, SelectChoice("", _("No answer"))] if optional else choices
    return RadioField(choices=offered, validate_choice=False, **about)


def _text(_question: Asked, _words: Words, _kept: Value | None, about: dict[str, Any]) -> Any:
    return StringField(render_kw={"maxlength": SHORT_LENGTH, "dir": "auto"}, **about)


def _long(_question: Asked, _words: Words, _kept: Value | None, about: dict[str, Any]) -> Any:
    return TextAreaField(render_kw={"rows": 5, "dir": "auto"}, **about)


def _number(_question: Asked, _words: Words, _kept: Value | None, about: dict[str, Any]) -> Any:
    return StringField(render_kw={"inputmode": "decimal"}, **about)


def _date(_question: Asked, _words: Words, _kept: Value | None, about: dict[str, Any]) -> Any:
    limits = {"min": SMALLEST_DAY.isoformat(), "max": LARGEST_DAY.isoformat()}
    return StringField(widget=DateInput(), render_kw=limits, **about)


def _choice(question: Asked, words: Words, kept: Value | None, about: dict[str, Any]) -> Any:
    choices = _offered(question, words, kept)
    return _one_of(choices, about, listed=len(choices) > RADIOS_AT_MOST)


def _several(question: Asked, words: Words, kept: Value | None, about: dict[str, Any]) -> Any:
    return SelectMultipleField(choices=_offered(question, words, kept), validate_choice=False, **about)


def _yes_no(_question: Asked, _words: Words, _kept: Value | None, about: dict[str, Any]) -> Any:
    return _one_of([SelectChoice("yes", _("Yes")), SelectChoice("no", _("No"))], about, listed=False)


def _country(_question: Asked, words: Words, _kept: Value | None, about: dict[str, Any]) -> Any:
    return _one_of(
        [SelectChoice(code, name) for code, name in country_names(words.language).items()], about, listed=True
    )


def _file(_question: Asked, _words: Words, _kept: Value | None, about: dict[str, Any]) -> Any:
    return FileField(render_kw={"accept": ",".join(f".{kind}" for kind in KINDS)}, **about)


_FIELDS: dict[QuestionKind, Callable[[Asked, Words, Value | None, dict[str, Any]], Any]] = {
    QuestionKind.SHORT_TEXT: _text,
    QuestionKind.LONG_TEXT: _long,
    QuestionKind.NUMBER: _number,
    QuestionKind.DATE: _date,
    QuestionKind.CHOICE: _choice,
    QuestionKind.SEVERAL: _several,
    QuestionKind.YES_NO: _yes_no,
    QuestionKind.COUNTRY: _country,
    QuestionKind.FILE: _file,
}
