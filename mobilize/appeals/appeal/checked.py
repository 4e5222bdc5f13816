"""What staff write of an appeal, checked: texts by language, dates, languages to write in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from babel.core import Locale, UnknownLocaleError
from sqlalchemy import select

from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import Words
from mobilize.core import text
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.delivery.composing import markdown

LONG = ("happened", "background", "points", "afterwards", "further", "news")
LISTS = ("demands", "copies")
LONGEST_LIST = 3000
MOST_LANGUAGES = 20


def words(typed: Words) -> Words:
    """The same, cleaned.

    Raises:
        Refused: a value that does not hold, with its field.
    """
    titles = text.required_line_each("titles", typed.titles)
    _require_date(typed.act_until)
    _require_languages(typed.languages)
    if typed.ceiling is not None and typed.ceiling < 0:
        raise Refused("ceiling", _("Write a number of people"))
    texts: dict[str, Any] = {name: markdown.clean_each(name, getattr(typed, name)) for name in LONG}
    texts |= {name: text.lines_each(name, getattr(typed, name), at_most=LONGEST_LIST) for name in LISTS}
    return replace(typed, titles=titles, **texts)


def superseded(organisation_id: int, slug: str, row: Appeal | None = None) -> int | None:
    """The id of the earlier appeal that ``row`` takes the place of; None where none is named.

    Raises:
        Refused: the organisation has published no other appeal of this slug.
    """
    if not slug:
        return None
    own = select(Appeal.id).where(
        Appeal.organisation_id == organisation_id, Appeal.slug == slug, Appeal.published_at.is_not(None)
    )
    found = session.scalar(own)
    if found is None or (row is not None and found == row.id):
        raise Refused("supersedes", _("Choose one of your published appeals"))
    return found


def _require_date(typed: str) -> None:
    try:
        day = date.fromisoformat(typed) if typed else None
    except ValueError:
        day = date.min
    if day is not None and not 1970 <= day.year <= 2099:
        raise Refused("act_until", _("Choose a year from %(first)d to %(last)d", first=1970, last=2099))


def _require_languages(tags: tuple[str, ...]) -> None:
    if len(tags) > MOST_LANGUAGES or not all(_is_language(tag) for tag in tags):
        raise Refused("languages", _("Write languages by their names or codes, separated by commas: English, fa"))


def _is_language(tag: str) -> bool:
    try:
        return bool(Locale.parse(tag, sep="-").english_name)
    except (UnknownLocaleError, ValueError):
        return False
