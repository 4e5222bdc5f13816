"""Untrusted input of an appeal's staff pages to typed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from babel.core import Locale
from wtforms import DateField, RadioField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import NumberRange, Optional

from mobilize.appeals.appeal import queries
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import Concern, Outcome, Words
from mobilize.appeals.appeal.words import CONCERNS, OUTCOMES
from mobilize.appeals.models import Defender
from mobilize.appeals.queries import details_of
from mobilize.core.edit_forms import EditForm
from mobilize.core.i18n import LANGUAGES, _, current_language, lazy, show_language
from mobilize.core.text_fields import text_values, texts_beside, with_texts
from mobilize.core.whole_numbers import IntegerField

LTR = {"dir": "ltr"}
WORD_TEXTS = ("titles", "happened", "background", "points", "demands", "copies", "afterwards")
LONGEST = 20_000


class AppealForm(EditForm):
    """An appeal; texts by language are added by ``appeal_form``."""

    slug = StringField(lazy("Short name"), [Optional()], render_kw=LTR)
    defenders = SelectMultipleField(lazy("Whom it is for"))
    concern = SelectField(
        lazy("Kind of concern"), choices=[SelectChoice(one.value, label) for one, label in CONCERNS.items()]
    )
    act_until = DateField(
        lazy("Last day to act"), [Optional()], description=lazy("People can act until the end of this day.")
    )
    languages = StringField(
        lazy("Languages to write in"),
        [Optional()],
        description=lazy("Names or codes, separated by commas, the best one first: English, fa"),
    )
    ceiling = IntegerField(
        lazy("Most people who may be mailed about it"),
        [Optional(), NumberRange(0, 100_000_000)],
        description=lazy("A mailing that shows this appeal to more people is not sent. Empty: no limit."),
    )
    supersedes = SelectField(lazy("Takes the place of"), [Optional()])


class FurtherForm(EditForm):
    """Further information; texts by language are added by ``further_form``."""


class EndingForm(EditForm):
    """How the appeal ended; words by language are added by ``ending_form``."""

    outcome = RadioField(
        lazy("How it ended"),
        [Optional()],
        choices=[SelectChoice(one.value, label) for one, label in OUTCOMES.items()],
    )


def appeal_form(languages: Sequence[str]) -> type[AppealForm]:
    texts = {
        "titles": (_("Title"), 200),
        "happened": (_("What happened"), LONGEST),
        "background": (_("Background"), LONGEST),
        "points": (_("Points to raise, for people’s own words"), LONGEST),
        "demands": (_("What we ask for, one a line"), 3000),
        "copies": (_("Send copies to, one a line"), 3000),
        "afterwards": (_("What to do after the last day"), LONGEST),
    }
    return with_texts(AppealForm, languages, texts, required="titles")


def further_form(languages: Sequence[str]) -> type[FurtherForm]:
    return with_texts(FurtherForm, languages, {"further": (_("What is new"), LONGEST)}, required="")


def ending_form(languages: Sequence[str]) -> type[EndingForm]:
    return with_texts(EndingForm, languages, {"news": (_("What happened in the end"), LONGEST)}, required="")


def offer(form: AppealForm, defenders: Sequence[Defender], earlier: Sequence[Appeal]) -> None:
    """Fill in whom an appeal can be for, and which earlier one it can take the place of."""
    form.defenders.choices = [(one.uid, details_of(one).name) for one in defenders]
    none = [("", _("No other appeal"))]
    form.supersedes.choices = [*none, *((one.slug, _labelled(one)) for one in earlier)]


def stored_appeal(row: Appeal, earlier: Mapping[int, str], languages: Sequence[str]) -> dict[str, Any]:
    """An appeal's draft as the values of its form's fields; ``earlier`` are slugs of appeals by id."""
    words = queries.draft_of(row)
    values: dict[str, Any] = {
        "defenders": queries.defender_uids(row),
        "concern": words.concern.value,
        "act_until": words.last_day,
        "languages": ", ".join(show_language(tag) for tag in words.languages),
        "ceiling": words.ceiling,
        "supersedes": earlier.get(row.supersedes_id or 0, ""),
    }
    for name in WORD_TEXTS:
        values |= text_values(name, dict(getattr(words, name)), languages)
    return values


def stored_further(row: Appeal, languages: Sequence[str]) -> dict[str, Any]:
    return dict(text_values("further", dict(queries.draft_of(row).further), languages))


def stored_ending(row: Appeal, languages: Sequence[str]) -> dict[str, Any]:
    words = queries.draft_of(row)
    outcome = words.outcome.value if words.outcome else ""
    return {"outcome": outcome, **text_values("news", dict(words.news), languages)}


def words_of(form: AppealForm, languages: Sequence[str], before: Words | None = None) -> Words:
    """What was typed; texts of ``before`` in languages that the form does not show stay, as what other forms change."""
    kept = before or Words(titles={})
    texts: dict[str, Any] = {name: texts_beside(form, name, languages, getattr(kept, name)) for name in WORD_TEXTS}
    return replace(
        kept,
        **texts,
        concern=Concern(form.concern.data),
        languages=read_languages(form.languages.data or ""),
        act_until=form.act_until.data.isoformat() if form.act_until.data else "",
        ceiling=form.ceiling.data,
    )


def with_further(form: FurtherForm, languages: Sequence[str], before: Words) -> Words:
    return replace(before, further=texts_beside(form, "further", languages, before.further))


def with_ending(form: EndingForm, languages: Sequence[str], before: Words) -> Words:
    outcome = Outcome(form.outcome.data) if form.outcome.data else None
    return replace(before, outcome=outcome, news=texts_beside(form, "news", languages, before.news))


def read_languages(typed: str) -> tuple[str, ...]:
    """Tags of what was typed by name or code, in its order; what is none stays as it is, for the service to refuse."""
    parts = [part.strip() for part in typed.replace("،", ",").split(",")]
    known = {**_tags_by_name("en"), **_tags_by_name(current_language())}
    return tuple(dict.fromkeys(known.get(part.casefold(), part) for part in parts if part))


@cache
def _tags_by_name(language: str) -> dict[str, str]:
    spoken = language if language in LANGUAGES else "en"
    return {name.casefold(): tag.replace("_", "-") for tag, name in Locale.parse(spoken).languages.items()}


def _labelled(row: Appeal) -> str:
    # Translators: an appeal in a list to choose from: its number and its title.
    return _("%(reference)s: %(title)s", reference=queries.reference_of(row), title=queries.title_of(row))
