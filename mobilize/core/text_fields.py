"""Texts that are written in several languages, as one field of a form for each.

texts by language -> text_values -> with_texts(form) -> page (text_fields) -> POST -> texts_of -> texts by language
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from wtforms import Field, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from mobilize.core import i18n
from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, _, lazy, show_language

AnyForm = TypeVar("AnyForm", bound=Form)
REQUIRED = InputRequired(lazy("Fill this in"))


def with_texts(
    form: type[AnyForm], languages: Sequence[str], texts: Mapping[str, tuple[str, int]], required: str
) -> type[AnyForm]:
    """The form with one field a text and language, named ``<text>_<language>``.

    ``texts``: name -> (label, longest); over 200 characters is a field of several lines. The text called
    ``required`` has to be filled in for the first language.
    """
    fields: dict[str, Any] = {"first_language": languages[0]}
    for name, (label, longest) in texts.items():
        for language in languages:
            needed = name == required and language == languages[0]
            fields[f"{name}_{language}"] = _text_field(label, language, longest, needed=needed)
    return type(f"{form.__name__}InLanguages", (form,), fields)


def texts_of(form: Form, name: str, languages: Sequence[str]) -> dict[str, str]:
    """What was typed for one text, by language; blank ones are left out."""
    typed = {language: form[f"{name}_{language}"].data or "" for language in languages}
    return {language: words.strip() for language, words in typed.items() if words.strip()}


def texts_beside(form: Form, name: str, languages: Sequence[str], stored: Mapping[str, str]) -> dict[str, str]:
    """``texts_of``, and of ``stored`` those in languages that the form does not show."""
    return {**{one: words for one, words in stored.items() if one not in languages}, **texts_of(form, name, languages)}


def text_values(name: str, texts: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """Stored texts as the values of their fields; one that is not written is an empty value, so that it can change."""
    return {f"{name}_{language}": texts.get(language, "") for language in languages}


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
    return kind(_("%(text)s (%(language)s)", text=label, language=show_language(language)), rules, render_kw=shape)
