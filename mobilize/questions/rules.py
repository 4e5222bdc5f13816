"""What decides without reading or writing: which values a question takes, how they are kept, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mobilize.core.countries import country_code, country_names, show_country
from mobilize.core.errors import Refused
from mobilize.core.i18n import _, lazy, show_date, show_list, show_number, text_in, using
from mobilize.core.text import lines, normal_form, one_line
from mobilize.questions.models import QuestionKind

SHORT_LENGTH, LONG_LENGTH = 200, 4000
LABEL_LENGTH, HINT_LENGTH = 200, 400
MOST_CHOICES = 60
LONGEST_RETENTION = 3650
SMALLEST_DAY, LARGEST_DAY = date(1900, 1, 1), date(2200, 1, 1)
_WHOLE_DIGITS, _PLACES = 12, 2  # together what a double holds exactly; three places could be thousands

RESERVED_SLUGS = frozenset({"email", "first_name", "last_name", "name", "language", "organisation", "new", "kinds"})
"""Columns of an import and merge fields that are there already, and pages beside the fields' own."""

WITH_CHOICES = frozenset({QuestionKind.CHOICE, QuestionKind.SEVERAL})
_SEALED = frozenset({QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT, QuestionKind.FILE})
MERGED = frozenset({
    QuestionKind.SHORT_TEXT, QuestionKind.NUMBER, QuestionKind.DATE, QuestionKind.CHOICE, QuestionKind.COUNTRY,
})  # fmt: skip
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z")
_NUMBER = re.compile(rf"-?\d{{1,{_WHOLE_DIGITS}}}(?:\.\d{{1,{_PLACES}}})?\Z")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?\Z")
"""A spreadsheet gives a date with a time of midnight."""
_SEVERAL = re.compile(r"[;|\n]")
_YES = {"1", "yes", "y", "true", "x", "oui", "ja", "نعم"}
_NO = {"0", "no", "n", "false", "non", "nee", "لا"}

KIND_WORDS = {
    QuestionKind.SHORT_TEXT: lazy("Short text"),
    QuestionKind.LONG_TEXT: lazy("Long text"),
    QuestionKind.NUMBER: lazy("Number"),
    QuestionKind.DATE: lazy("Date"),
    QuestionKind.CHOICE: lazy("One choice"),
    QuestionKind.SEVERAL: lazy("Several choices"),
    QuestionKind.YES_NO: lazy("Yes or no"),
    QuestionKind.COUNTRY: lazy("Country"),
    QuestionKind.FILE: lazy("File"),
}


@dataclass(frozen=True)
class Owner:
    """Whose questions they are: a row of some feature, by its kind and id."""

    kind: str
    id: int


def own_fields(organisation_id: int) -> Owner:
    """The owner of an organisation's own fields."""
    return Owner("organisation", organisation_id)


@dataclass(frozen=True)
class StoredFile:
    """A sealed file on disk: its name there, and what its owner called it; size in octets."""

    stored: str
    name: str
    size: int


Value = str | float | date | bool | tuple[str, ...] | StoredFile
"""A typed answer. Text and country (two letters) are ``str``; choices are a tuple of their uids, also a single one."""


@dataclass(frozen=True)
class Choice:
    """What a question offers; ``ended``: not any more, but somebody may have chosen it."""

    uid: str
    labels: Mapping[str, str]
    ended: bool = False


@dataclass(frozen=True)
class Asked:
    """A question as forms, files and pages see it."""

    id: int
    organisation_id: int
    owner: Owner
    uid: str
    slug: str
    kind: QuestionKind
    labels: Mapping[str, str]
    hints: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    required: bool = False
    sensitive: bool = False
    retention_days: int | None = None
    ended: bool = False

    def label(self, language: str, default: str) -> str:
        return text_in(dict(self.labels), language, default)

    def hint(self, language: str, default: str) -> str:
        return text_in(dict(self.hints), language, default)

    @property
    def is_sealed(self) -> bool:
        """Whether answers are stored encrypted."""
        return self.sensitive or self.kind in _SEALED

    def offered(self, kept: Value | None = None) -> list[Choice]:
        """The choices to show; ended ones only where they are what somebody has answered."""
        own = kept if isinstance(kept, tuple) else ()
        return [one for one in self.choices if not one.ended or one.uid in own]


def askable(question: Asked) -> bool:
    """Whether segments may ask it: its answers stand in plain columns."""
    return not question.is_sealed


def mergeable(question: Asked) -> bool:
    """Whether a mailing may show a reader's own answer as ``{{slug|fallback}}``: short, and not sensitive."""
    return question.kind in MERGED and not question.sensitive


def usable_slug(value: str) -> str:
    """The short name, if a question may have it.

    Raises:
        Refused: of another form, or one that files and mailings know already.
    """
    if len(value) > 40 or not _SLUG.match(value):
        raise Refused("slug", _("Use lower-case letters, digits and underscores, at most 40, starting with a letter"))
    if value in RESERVED_SLUGS or value.endswith("_url"):
        raise Refused("slug", _("This name is used by the service itself. Choose another"))
    return value


def slug_from(label: str) -> str:
    """A short name made from a label in Latin letters, ``""`` from others: "Code postal" gives ``code_postal``."""
    plain = normal_form("NFKD", label).encode("ascii", "ignore").decode().lower()
    found = "_".join(re.findall(r"[a-z0-9]+", plain)).lstrip("0123456789_")[:40].strip("_")
    return f"{found}_answer"[:40] if found in RESERVED_SLUGS else found


def usable_retention(days: int | None) -> int | None:
    """Days after which answers are deleted; ``None`` keeps them as long as the person.

    Raises:
        Refused: less than a day, or more than ten years.
    """
    if days is not None and not 1 <= days <= LONGEST_RETENTION:
        raise Refused("retention_days", _("Use a number from 1 to %(most)d", most=LONGEST_RETENTION))
    return days


def read_typed(question: Asked, typed: Sequence[str], kept: Value | None = None) -> Value | None:
    """What somebody typed into the question's field, or chose there; ``None`` where they left it empty.

    ``kept`` is their present answer: an ended choice stays possible for whoever has it. A file is read elsewhere.

    Raises:
        Refused: a value that the question does not take, at the question's slug.
    """
    given = [one for one in typed if one.strip()]
    if not given:
        return None
    if question.kind in WITH_CHOICES:
        return _chosen(question, given, kept)
    return _READ[question.kind](question, given[0])


def read_cell(question: Asked, cell: str) -> Value | None:
    """The same for a cell of a file, where choices and countries stand by their names in any language.

    Several choices are separated by semicolons.

    Raises:
        Refused: a value that the question does not take, at the question's slug.
    """
    if not cell.strip():
        return None
    if question.kind not in WITH_CHOICES:
        return _READ[question.kind](question, cell)
    parts = [part.strip() for part in (_SEVERAL.split(cell) if question.kind is QuestionKind.SEVERAL else [cell])]
    return _chosen(question, [_named(question, part) for part in parts if part], None)


def to_plain(value: Value) -> Any:
    """A value as JSON keeps it: in a sealed column, or with a visitor's request."""
    if isinstance(value, StoredFile):
        return {"stored": value.stored, "name": value.name, "size": value.size}
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


def from_plain(kind: QuestionKind, plain: Any) -> Value:
    """The value that ``to_plain`` was given."""
    if kind is QuestionKind.FILE:
        return StoredFile(**plain)
    if kind in WITH_CHOICES:
        return tuple(plain)
    if kind is QuestionKind.DATE:
        return date.fromisoformat(plain)
    return float(plain) if kind is QuestionKind.NUMBER else plain


def takes(question: Asked, kind: QuestionKind, value: Value) -> bool:
    """Whether the question still takes a value that was read for it a while ago, when it had this kind."""
    known = {one.uid for one in question.choices}
    has_choices = question.kind not in WITH_CHOICES or (isinstance(value, tuple) and set(value) <= known)
    return not question.ended and question.kind is kind and has_choices


def shown(question: Asked, value: Value, language: str, default: str) -> str:
    """An answer in words of ``language``; choices by their labels, ended ones too."""
    with using(language):
        if isinstance(value, StoredFile):
            return value.name
        if isinstance(value, tuple):
            labels = {one.uid: text_in(dict(one.labels), language, default) for one in question.choices}
            return show_list((labels.get(uid, "") for uid in value), language)
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, date):
            return show_date(value)
        if isinstance(value, float):
            return show_number(int(value) if value.is_integer() else value)
        return show_country(value, language) if question.kind is QuestionKind.COUNTRY else value


def _chosen(question: Asked, uids: Sequence[str], kept: Value | None) -> tuple[str, ...]:
    """In the question's own order, each once."""
    offered = [one.uid for one in question.offered(kept)]
    if not set(uids) <= set(offered):
        raise Refused(question.slug, _("Choose among what is offered"))
    chosen = tuple(uid for uid in offered if uid in uids)
    if question.kind is QuestionKind.CHOICE and len(chosen) > 1:
        raise Refused(question.slug, _("Choose one"))
    return chosen


def _named(question: Asked, words: str) -> str:
    """The uid of the choice that has this label in any language."""
    for one in question.offered():
        if words.casefold() in {label.casefold() for label in one.labels.values()}:
            return one.uid
    names = ", ".join(next(iter(one.labels.values()), "") for one in question.offered())
    raise Refused(question.slug, _("Write one of: %(names)s", names=names))


def _short(question: Asked, typed: str) -> str:
    return one_line(question.slug, typed, at_most=SHORT_LENGTH)


def _long(question: Asked, typed: str) -> str:
    return lines(question.slug, typed, at_most=LONG_LENGTH)


def _number(question: Asked, typed: str) -> float:
    """Digits of any script; a comma is a decimal point. Three digits after it may be thousands, and are refused."""
    plain = typed.strip().replace("٫", ".").replace(",", ".").replace("−", "-")
    if not _NUMBER.match(plain):
        raise Refused(question.slug, _("Write a number like 12 or 3.5, without spaces or signs between thousands"))
    return float(plain)


def _day(question: Asked, typed: str) -> date:
    found = _DAY.match(typed.strip())
    try:
        day = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None or not SMALLEST_DAY <= day <= LARGEST_DAY:
        raise Refused(question.slug, _("Write a date as year-month-day, like 2024-02-29"))
    return day


def _yes_no(question: Asked, typed: str) -> bool:
    word = typed.strip().casefold()
    if word not in _YES | _NO:
        raise Refused(question.slug, _("Answer yes or no"))
    return word in _YES


def _country(question: Asked, typed: str) -> str:
    code = typed if typed in country_names("en") else country_code(typed)
    if code is None:
        raise Refused(question.slug, _("Choose a country, or write its two letters, like BE"))
    return code


def _file(question: Asked, _typed: str) -> Value:
    raise Refused(question.slug, _("A file cannot be given here"))


_READ: dict[QuestionKind, Callable[[Asked, str], Value]] = {
    QuestionKind.SHORT_TEXT: _short,
    QuestionKind.LONG_TEXT: _long,
    QuestionKind.NUMBER: _number,
    QuestionKind.DATE: _day,
    QuestionKind.YES_NO: _yes_no,
    QuestionKind.COUNTRY: _country,
    QuestionKind.FILE: _file,
}
