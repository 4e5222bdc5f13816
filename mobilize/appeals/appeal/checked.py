"""What staff write of an appeal, checked: texts by language, dates, languages to write in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from babel.core import Locale, UnknownLocaleError
from sqlalchemy import select

from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import Texts, Words
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
    titles = {tag: text.one_line("titles", one) for tag, one in typed.titles.items()}
    titles = {tag: one for tag, one in titles.items() if one}
    if not titles:
        raise Refused("titles", _("Fill this in"))
    _require_date(typed.act_until)
    _require_languages(typed.languages)
    if typed.ceiling is not None and typed.ceiling < 0:
        raise Refused("ceiling", _("Write a number of people"))
    texts: dict[str, Any] = {name: _markdown(name, getattr(typed, name)) for name in LONG}
    texts |= {name: _lists(name, getattr(typed, name)) for name in LISTS}
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


def _markdown(name: str, texts: Texts) -> dict[str, str]:
    """Texts that pages show as Markdown, refused by their own field if the parser refuses them."""
    for one in texts.values():
        try:
            markdown.parse(one, str)
        except Refused as refusal:
            raise Refused(name, refusal.message) from refusal
    return {tag: markdown.clean(one).strip() for tag, one in texts.items() if one.strip()}


def _lists(name: str, texts: Texts) -> dict[str, str]:
    found = {tag: text.lines(name, one, at_most=LONGEST_LIST) for tag, one in texts.items()}
    return {tag: one for tag, one in found.items() if one}
