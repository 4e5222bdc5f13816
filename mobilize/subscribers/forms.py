"""Untrusted input of preferences, leaving and staff pages to typed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional

from mobilize.core import i18n
from mobilize.core.edit_forms import EditForm
from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, _, lazy

AnyForm = TypeVar("AnyForm", bound=Form)
REQUIRED = InputRequired(lazy("Fill this in"))


class LeaveForm(Form):
    """Leave one list, or everything."""

    what = RadioField(lazy("What do you want to unsubscribe from?"), choices=[])


class PreferencesForm(Form):
    """What a person receives and how they are addressed."""

    topics = SelectMultipleField(lazy("Topics"), choices=[])
    first_name = StringField(lazy("First name"), [Optional()])
    last_name = StringField(lazy("Last name"), [Optional()])
    language = SelectField(lazy("Language of the mails"), choices=[])


class SearchForm(Form):
    """One exact address, posted so that it stands in no log."""

    address = EmailField(lazy("Email address"), [REQUIRED])


class ReasonForm(Form):
    """Which list staff put somebody on or take them off, and why."""

    list = SelectField(lazy("List"), choices=[])
    reason = StringField(lazy("Reason"), [REQUIRED], description=lazy("Kept with the consent, for the person to read."))


class ListForm(Form):
    """A list; its texts are added by ``with_texts``."""

    slug = StringField(
        lazy("Short name"),
        [REQUIRED],
        description=lazy("Lower-case letters, digits and hyphens. It cannot be changed later."),
    )
    is_public = BooleanField(lazy("Show on public pages"))


class ChangeListForm(EditForm):
    """A list that exists; its texts are added by ``with_texts``."""

    is_public = BooleanField(lazy("Show on public pages"))


def with_texts(
    form: type[AnyForm], languages: Sequence[str], texts: Mapping[str, tuple[str, int]], required: str
) -> type[AnyForm]:
    """The form with one field a text and language, named ``<text>_<language>``.

    ``texts``: name -> (label, longest); over 200 characters is a field of several lines. The text called
    ``required`` has to be filled in for the first language.
    """
    fields: dict[str, Any] = {}
    for name, (label, longest) in texts.items():
        for language in languages:
            needed = name == required and language == languages[0]
            fields[f"{name}_{language}"] = _text_field(label, language, longest, needed=needed)
    return type(f"{form.__name__}InLanguages", (form,), fields)


def texts_of(form: Form, name: str, languages: Sequence[str]) -> dict[str, str]:
    """What was typed for one text, by language; blank ones are left out."""
    typed = {language: form[f"{name}_{language}"].data or "" for language in languages}
    return {language: words.strip() for language, words in typed.items() if words.strip()}


def text_values(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Stored texts as the values of their fields."""
    return {f"{name}_{language}": words for language, words in texts.items()}


def text_fields(form: Form, names: Sequence[str], languages: Sequence[str]) -> list[tuple[str, list[Field]]]:
    """The text fields of each language, under its name, as a page shows them."""
    return [(LANGUAGES[language], [form[f"{name}_{language}"] for name in names]) for language in languages]


def ordered(languages: Sequence[str], first: str) -> list[str]:
    """The organisation's languages, the default first."""
    return [first, *(language for language in languages if language != first)]


def _text_field(label: str, language: str, longest: int, *, needed: bool) -> Any:
    kind = TextAreaField if longest > 200 else StringField
    rules = [REQUIRED if needed else Optional()]
    shape = {"lang": language, "dir": i18n.direction(language)}
    return kind(_("%(text)s (%(language)s)", text=label, language=LANGUAGES[language]), rules, render_kw=shape)
