"""What segments ask of people's answers to the organisation's own fields: only those that are stored plain.

A sensitive field, a text or a file is sealed, and no segment asks it: it is not offered, and refused where it is named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from wtforms import DateField, Form, RadioField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional

from mobilize.core.countries import country_names, show_country
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.fact_fields import chosen, day, number
from mobilize.core.feature import Asking, Condition
from mobilize.core.i18n import _, current_language, lazy, show_date, show_number
from mobilize.core.json_fields import Fields
from mobilize.organisations.queries import brand
from mobilize.questions.models import Answer, AnswerChoice, QuestionChoice, QuestionKind
from mobilize.questions.queries import every_question
from mobilize.questions.rules import WITH_CHOICES, Asked, askable, own_fields

AT_LEAST, AT_MOST, EXACTLY = "at-least", "at-most", "exactly"
FROM, UNTIL, ON = "from", "until", "on"


@dataclass(frozen=True)
class Answered:
    """``field`` is the question's uid, here and below."""

    field: str


@dataclass(frozen=True)
class SaidNumber:
    field: str
    how: str
    number: float


@dataclass(frozen=True)
class SaidDay:
    field: str
    how: str
    day: date


@dataclass(frozen=True)
class SaidYes:
    field: str
    said: str


@dataclass(frozen=True)
class Lives:
    field: str
    countries: tuple[str, ...]


@dataclass(frozen=True)
class Chose:
    """At least one of these choices, by uid; they are those of one question or of several."""

    choices: tuple[str, ...]


class FieldForm(Form):
    field = SelectField(lazy("Field"))


class NumberForm(FieldForm):
    how = SelectField(
        lazy("How much"),
        choices=[
            SelectChoice(AT_LEAST, lazy("At least")),
            SelectChoice(AT_MOST, lazy("At most")),
            SelectChoice(EXACTLY, lazy("Exactly")),
        ],
    )
    number = StringField(lazy("Number"), render_kw={"inputmode": "decimal", "dir": "ltr"})


class DayForm(FieldForm):
    how = SelectField(
        lazy("When"),
        choices=[
            SelectChoice(FROM, lazy("On a day or later")),
            SelectChoice(UNTIL, lazy("On a day or earlier")),
            SelectChoice(ON, lazy("On exactly this day")),
        ],
    )
    day = DateField(lazy("Day"), [Optional()])


class YesForm(FieldForm):
    said = RadioField(
        lazy("Answer"), choices=[SelectChoice("yes", lazy("Yes")), SelectChoice("no", lazy("No"))], default="yes"
    )


class CountryForm(FieldForm):
    countries = SelectMultipleField(lazy("Countries"))


class ChoiceForm(Form):
    choices = SelectMultipleField(lazy("At least one of"))


def _read_field(fields: Fields) -> str:
    return fields.line("field", at_most=26, required=True)


def _read_how(fields: Fields, name: str, allowed: Collection[str]) -> str:
    value = fields.line(name, at_most=20, required=True)
    if value not in allowed:
        raise Refused(fields.place(name), _("Choose among what is offered"))
    return value


def _read_answered(fields: Fields) -> Answered:
    return Answered(_read_field(fields))


def _read_number(fields: Fields) -> SaidNumber:
    how = _read_how(fields, "how", (AT_LEAST, AT_MOST, EXACTLY))
    return SaidNumber(_read_field(fields), how, number(fields, "number"))


def _read_day(fields: Fields) -> SaidDay:
    how, found = _read_how(fields, "how", (FROM, UNTIL, ON)), day(fields, "day", required=True)
    return SaidDay(_read_field(fields), how, found or date.max)


def _read_yes(fields: Fields) -> SaidYes:
    return SaidYes(_read_field(fields), _read_how(fields, "said", ("yes", "no")))


def _read_lives(fields: Fields) -> Lives:
    found = Lives(_read_field(fields), chosen(fields, "countries", at_most=300))
    if not set(found.countries) <= set(country_names("en")):
        raise Refused(fields.place("countries"), _("Choose among what is offered"))
    return found


def _read_chose(fields: Fields) -> Chose:
    return Chose(chosen(fields, "choices", at_most=200))


def _answered(facts: Answered, asking: Asking) -> Select[int]:
    return _answers(_question(asking.organisation_id, facts.field, None))


def _said_number(facts: SaidNumber, asking: Asking) -> Select[int]:
    one, column = _question(asking.organisation_id, facts.field, QuestionKind.NUMBER), Answer.number
    compared: dict[str, ColumnElement[bool]] = {
        AT_LEAST: column >= facts.number,
        AT_MOST: column <= facts.number,
        EXACTLY: column == facts.number,
    }
    return _answers(one).where(compared[facts.how])


def _said_day(facts: SaidDay, asking: Asking) -> Select[int]:
    one, column = _question(asking.organisation_id, facts.field, QuestionKind.DATE), Answer.day
    compared: dict[str, ColumnElement[bool]] = {
        FROM: column >= facts.day,
        UNTIL: column <= facts.day,
        ON: column == facts.day,
    }
    return _answers(one).where(compared[facts.how])


def _said_yes(facts: SaidYes, asking: Asking) -> Select[int]:
    one = _question(asking.organisation_id, facts.field, QuestionKind.YES_NO)
    return _answers(one).where(Answer.yes.is_(facts.said == "yes"))


def _lives(facts: Lives, asking: Asking) -> Select[int]:
    one = _question(asking.organisation_id, facts.field, QuestionKind.COUNTRY)
    return _answers(one).where(Answer.country.in_(facts.countries))


def _chose(facts: Chose, asking: Asking) -> Select[int]:
    """The question of each choice is named too: of one that became sensitive no answer may be asked."""
    known = _choices(asking.organisation_id)
    if not set(facts.choices) <= set(known):
        raise Refused("choices", _("Choose among what is offered"))
    ids = list(session.scalars(select(QuestionChoice.id).where(QuestionChoice.uid.in_(facts.choices))))
    of = {known[uid][0].id for uid in facts.choices}
    return (
        select(Answer.recipient_id)
        .join(AnswerChoice, AnswerChoice.answer_id == Answer.id)
        .where(AnswerChoice.choice_id.in_(ids), Answer.question_id.in_(of), Answer.value_sealed.is_(None))
    )


def _answers(one: Asked) -> Select[int]:
    return select(Answer.recipient_id).where(Answer.question_id == one.id, Answer.value_sealed.is_(None))


def _question(organisation_id: int, uid: str, kind: QuestionKind | None) -> Asked:
    """An own field that segments may ask.

    Raises:
        Refused: the organisation has none of this uid and kind, or it is sealed.
    """
    own = every_question(own_fields(organisation_id))
    found = next((one for one in own if one.uid == uid and kind in (None, one.kind)), None)
    if found is None:
        raise Refused("field", _("Choose a field of this organisation"))
    if not askable(found):
        raise Refused("field", _("This field is sensitive or a free text: it is encrypted, and no segment can ask it"))
    return found


def _choices(organisation_id: int) -> dict[str, tuple[Asked, str]]:
    """What can be chosen in fields that segments may ask: the field and the choice's label by its uid."""
    language, default = current_language(), brand(organisation_id).default_language
    own = [one for one in every_question(own_fields(organisation_id)) if one.kind in WITH_CHOICES and askable(one)]
    return {
        choice.uid: (one, dict(choice.labels).get(language) or dict(choice.labels).get(default, ""))
        for one in own
        for choice in one.choices
    }


def _label(organisation_id: int, uid: str) -> str:
    own = every_question(own_fields(organisation_id))
    return next((_label_of(one) for one in own if one.uid == uid), "")


def _label_of(one: Asked) -> str:
    return one.label(current_language(), brand(one.organisation_id).default_language)


def _words_answered(facts: Answered, organisation_id: int) -> str:
    return _("answered “%(field)s”", field=_label(organisation_id, facts.field))


def _words_number(facts: SaidNumber, organisation_id: int) -> str:
    words = {
        AT_LEAST: lazy("said at least %(number)s for “%(field)s”"),
        AT_MOST: lazy("said at most %(number)s for “%(field)s”"),
        EXACTLY: lazy("said exactly %(number)s for “%(field)s”"),
    }
    shown = show_number(int(facts.number) if facts.number.is_integer() else facts.number)
    return str(words[facts.how] % {"number": shown, "field": _label(organisation_id, facts.field)})


def _words_day(facts: SaidDay, organisation_id: int) -> str:
    words = {
        FROM: lazy("said %(day)s or later for “%(field)s”"),
        UNTIL: lazy("said %(day)s or earlier for “%(field)s”"),
        ON: lazy("said %(day)s for “%(field)s”"),
    }
    return str(words[facts.how] % {"day": show_date(facts.day), "field": _label(organisation_id, facts.field)})


def _words_yes(facts: SaidYes, organisation_id: int) -> str:
    field = _label(organisation_id, facts.field)
    return (
        _("said yes to “%(field)s”", field=field) if facts.said == "yes" else _("said no to “%(field)s”", field=field)
    )


def _words_lives(facts: Lives, organisation_id: int) -> str:
    names = _(" or ").join(show_country(code) for code in facts.countries)
    return _("said %(answers)s for “%(field)s”", answers=names, field=_label(organisation_id, facts.field))


def _words_chose(facts: Chose, organisation_id: int) -> str:
    known = _choices(organisation_id)
    fields = dict.fromkeys(_label_of(known[uid][0]) for uid in facts.choices if uid in known)
    names = _(" or ").join(known[uid][1] for uid in facts.choices if uid in known)
    return _("said %(answers)s for “%(field)s”", answers=names, field=_(" or ").join(fields))


def _offering(*kinds: QuestionKind) -> Callable[[Any, int], None]:
    """``offer`` of a condition about fields of these kinds, or of any that segments may ask."""

    def offer(form: Any, organisation_id: int) -> None:
        own = [one for one in every_question(own_fields(organisation_id)) if askable(one)]
        fitting = [one for one in own if not kinds or one.kind in kinds]
        form.field.choices = [SelectChoice(one.uid, _label_of(one)) for one in fitting]

    return offer


def _offer_countries(form: Any, organisation_id: int) -> None:
    _offering(QuestionKind.COUNTRY)(form, organisation_id)
    form.countries.choices = [SelectChoice(*one) for one in country_names(current_language()).items()]


def _offer_choices(form: Any, organisation_id: int) -> None:
    form.choices.choices = [
        SelectChoice(uid, _("%(field)s: %(choice)s", field=_label_of(one), choice=label))
        for uid, (one, label) in _choices(organisation_id).items()
    ]


ANSWERED = Condition(
    "answered", lazy("Answered a field"), FieldForm, _read_answered, _answered, _words_answered, _offering()
)
NUMBER = Condition(
    "number", lazy("Number in a field"), NumberForm, _read_number, _said_number, _words_number,
    _offering(QuestionKind.NUMBER),
)  # fmt: skip
DAY = Condition("day", lazy("Date in a field"), DayForm, _read_day, _said_day, _words_day, _offering(QuestionKind.DATE))
YES_NO = Condition(
    "yes-no", lazy("Yes or no in a field"), YesForm, _read_yes, _said_yes, _words_yes, _offering(QuestionKind.YES_NO)
)
COUNTRY = Condition(
    "country", lazy("Country in a field"), CountryForm, _read_lives, _lives, _words_lives, _offer_countries
)
CHOICE = Condition("choice", lazy("Choice in a field"), ChoiceForm, _read_chose, _chose, _words_chose, _offer_choices)
