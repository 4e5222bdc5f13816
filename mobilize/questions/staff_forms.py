"""The form in which staff write a field of their organisation: words per language, choices, rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import BooleanField, SelectChoice, SelectField, StringField
from wtforms.validators import Optional

from mobilize.core.edit_forms import EditForm
from mobilize.core.errors import Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, _, direction, lazy
from mobilize.core.text_fields import AnyForm, text_values, texts_beside, with_texts
from mobilize.questions.models import QuestionKind
from mobilize.questions.rules import HINT_LENGTH, KIND_WORDS, LABEL_LENGTH, LONGEST_RETENTION, WITH_CHOICES, Asked
from mobilize.questions.service import ChoiceFacts, QuestionFacts

NEW_ROWS = 4
"""Empty rows for further choices; saving a page with all of them filled in gives as many again."""


class FieldForm(Form):
    """A field that does not exist yet; its texts and choices are added by ``form_class``."""

    slug = StringField(
        lazy("Short name"),
        [Optional()],
        description=lazy(
            "Names the field in files that you import and in mailings. Lower-case letters, digits and underscores; "
            "made from the label if you leave it empty. It cannot be changed later."
        ),
    )
    required = BooleanField(lazy("Forms that ask it need an answer"))
    sensitive = BooleanField(
        lazy("Sensitive"),
        description=lazy(
            "Answers are stored encrypted, and can choose no recipients and stand in no mailing. "
            "It stays so once people have answered."
        ),
    )
    retention_days = StringField(
        lazy("Delete answers after (days)"),
        [Optional()],
        description=lazy("Counted from each answer. Left empty, an answer is kept as long as the person."),
        render_kw={"inputmode": "numeric"},
    )


class ChangeFieldForm(EditForm):
    """A field that exists. ``kind`` is offered while nobody has answered."""

    kind = SelectField(
        lazy("Kind"),
        choices=[SelectChoice(kind.value, words) for kind, words in KIND_WORDS.items()],
        validate_choice=False,
    )
    required, sensitive, retention_days = FieldForm.required, FieldForm.sensitive, FieldForm.retention_days


@dataclass(frozen=True)
class ChoiceRow:
    """The fields of one choice; ``uid`` is empty for one that is not there yet."""

    key: str
    uid: str
    name: str
    ended: bool
    fields: list[Any]
    gone: Any


def form_class(
    base: type[AnyForm], languages: Sequence[str], kind: QuestionKind, question: Asked | None = None
) -> type[AnyForm]:
    """The form with a label and a hint in each language, and rows of choices where the kind has them."""
    texts = {"labels": (_("Label"), LABEL_LENGTH), "hints": (_("Help beside the field"), HINT_LENGTH)}
    made = with_texts(base, languages, texts, required="labels")
    fields: dict[str, Any] = {}
    for key, _uid, _name in _keys(kind, question):
        fields |= {f"choice_{key}_{language}": _label_field(language) for language in languages}
    for one in question.choices if question else ():
        fields[f"gone_{one.uid}"] = BooleanField(_("Offer it no more"))
    return type(f"{base.__name__}OfKind", (made,), fields)


def choice_rows(
    form: Form, languages: Sequence[str], kind: QuestionKind, question: Asked | None = None
) -> list[ChoiceRow]:
    """The rows as the page shows them: those that are there, then empty ones."""
    ended = {one.uid for one in question.choices if one.ended} if question else set()
    return [
        ChoiceRow(
            key,
            uid,
            name,
            uid in ended,
            [form[f"choice_{key}_{language}"] for language in languages],
            form[f"gone_{uid}"] if uid else None,
        )
        for key, uid, name in _keys(kind, question)
    ]


def stored_values(question: Asked, languages: Sequence[str]) -> dict[str, Any]:
    """A field as its form shows it."""
    values: dict[str, Any] = {
        **text_values("labels", question.labels, languages),
        **text_values("hints", question.hints, languages),
        "kind": question.kind.value,
        "required": question.required,
        "sensitive": question.sensitive,
        "retention_days": "" if question.retention_days is None else str(question.retention_days),
    }
    for one in question.choices if question.kind in WITH_CHOICES else ():
        values |= text_values(f"choice_{one.uid}", one.labels, languages)
        values[f"gone_{one.uid}"] = one.ended
    return values


def facts_of(
    form: Form, languages: Sequence[str], kind: QuestionKind, question: Asked | None = None, move: str = ""
) -> QuestionFacts:
    """What staff typed; ``move`` is ``up:<uid>`` or ``down:<uid>`` of a choice.

    Raises:
        Refused: the days are no number.
    """
    return QuestionFacts(
        labels=texts_beside(form, "labels", languages, question.labels if question else {}),
        hints=texts_beside(form, "hints", languages, question.hints if question else {}),
        required=form["required"].data,
        sensitive=form["sensitive"].data,
        retention_days=_days(form["retention_days"].data or ""),
        choices=_moved(_choices(form, languages, kind, question), move),
    )


def _keys(kind: QuestionKind, question: Asked | None) -> list[tuple[str, str, str]]:
    """Key, uid and name of each row of choices."""
    if kind not in WITH_CHOICES:
        return []
    known = question.choices if question else ()
    rows = [(one.uid, one.uid, next(iter(one.labels.values()), "")) for one in known]
    return [*rows, *((f"new{number}", "", "") for number in range(NEW_ROWS))]


def _choices(form: Form, languages: Sequence[str], kind: QuestionKind, question: Asked | None) -> list[ChoiceFacts]:
    """Those that are offered: an empty new row says nothing."""
    found = []
    stored = {one.uid: one.labels for one in question.choices} if question else {}
    for key, uid, _name in _keys(kind, question):
        labels = texts_beside(form, f"choice_{key}", languages, stored.get(uid, {}))
        if (uid and not form[f"gone_{uid}"].data) or (not uid and labels):
            found.append(ChoiceFacts(labels, uid))
    return found


def _moved(choices: list[ChoiceFacts], move: str) -> Sequence[ChoiceFacts]:
    way, _colon, uid = move.partition(":")
    at = next((number for number, one in enumerate(choices) if uid and one.uid == uid), -1)
    to = at + {"up": -1, "down": 1}.get(way, 0)
    if at >= 0 and 0 <= to < len(choices):
        choices.insert(to, choices.pop(at))
    return choices


def _days(typed: str) -> int | None:
    words = typed.strip()
    if not words:
        return None
    if not words.isdecimal() or len(words) > 6:
        raise Refused("retention_days", _("Use a number from 1 to %(most)d", most=LONGEST_RETENTION))
    return int(words)


def _label_field(language: str) -> Any:
    shape: Mapping[str, str] = {"lang": language, "dir": direction(language)}
    return StringField(LANGUAGES[language], [Optional()], render_kw=dict(shape))
