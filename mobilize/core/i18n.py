"""The product's own words in four languages; works with and without a request.

``_("…")`` translates into the current language, which ``using(language)`` sets. Catalogues are the files
``translations/<language>/<feature>.po``, read once per process: nothing has to be compiled at install.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from markupsafe import Markup

from mobilize.core import feature

LANGUAGES = {"en": "English", "fr": "Français", "nl": "Nederlands", "ar": "العربية"}
DEFAULT = "en"
LEFT_TO_RIGHT = {"dir": "ltr", "spellcheck": "false"}
"""Attributes of a field for what reads so in every language: addresses, colours, time zones."""
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "ckb"})
_FOLDER = Path(__file__).resolve().parent.parent / "translations"
_current: ContextVar[str] = ContextVar("language", default=DEFAULT)


def current_language() -> str:
    return _current.get()


@contextmanager
def using(language: str) -> Iterator[None]:
    """Speak ``language`` (any BCP 47 tag; falls back to its base, then English) within the block."""
    token = _current.set(supported(language))
    try:
        yield
    finally:
        _current.reset(token)


def set_language(language: str) -> None:
    """Speak ``language`` for the rest of this context (a request)."""
    _current.set(supported(language))


def supported(language: str | None, among: Iterable[str] = LANGUAGES, default: str = DEFAULT) -> str:
    """The best of ``among`` for a tag: exact, then base (fr-BE -> fr), then ``default``."""
    choices = list(among)
    tag = (language or "").replace("_", "-")
    return next((choice for choice in (tag, tag.partition("-")[0].lower()) if choice in choices), default)


def direction(language: str) -> str:
    """``"rtl"`` or ``"ltr"``."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def _(message: str, /, **values: Any) -> str:
    """``message`` in the current language with ``%(name)s`` filled in."""
    found = _spoken().gettext(message)
    return str(found % values if values else found)


def ngettext(singular: str, plural: str, number: int, /, **values: Any) -> str:
    """The form of the current language for ``number``; ``%(num)s`` is the number as one reads it."""
    return plural_form(singular, plural, number) % {"num": show_number(number), **values}


def plural_form(singular: str, plural: str, number: int, /) -> str:
    """``ngettext`` without filling anything in, as Jinja's i18n extension wants it."""
    return str(_spoken().ngettext(singular, plural, number))


class Lazy:
    """A message translated when it is shown, for class bodies and tables."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return _(self.message)

    def __mod__(self, values: Any) -> str:
        return str(str(self) % values)

    def __html__(self) -> str:
        return str(Markup.escape(str(self)))


def lazy(message: str) -> Any:
    """A ``Lazy`` (typed as anything text-like, which form libraries expect)."""
    return Lazy(message)


def text_in(texts: dict[str, str], language: str, default: str) -> str:
    """A text that its authors wrote in several languages: exact, base, the default, else any."""
    return texts.get(supported(language, texts, default)) or next(iter(texts.values()), "")


def show_datetime(moment: datetime, zone: str) -> str:
    """``"Mon 26 Feb 2024, 15:00 (Brussels)"`` in the current language."""
    language = _current.get()
    local = moment.astimezone(ZoneInfo(zone))
    day, time = (format_datetime(local, pattern, locale=language) for pattern in ("EEE d MMM y", "HH:mm"))
    # Translators: a moment, such as "Mon 26 Feb 2024, 15:00 (Brussels)".
    return _("%(day)s, %(time)s (%(city)s)", day=day, time=time, city=show_city(zone))


def show_city(zone: str) -> str:
    """The city that a time zone is named after: ``"Bruxelles"`` in French for ``"Europe/Brussels"``."""
    return get_timezone_location(ZoneInfo(zone), locale=_current.get(), return_city=True)


def show_list(words: Iterable[str], language: str | None = None) -> str:
    """Some words in one phrase of ``language`` (default: the current): ``"Newsletter, Events and Urgent actions"``."""
    spoken = supported(language or _current.get())
    return format_list(list(words), locale="en_GB" if spoken == "en" else spoken)


def show_language(tag: str) -> str:
    """A language by its name in the current one, ``"Dutch"`` or ``"néerlandais"``; a tag unknown to CLDR as it is."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(_current.get()) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def show_date(day: date) -> str:
    return format_date(day, "d MMM y", locale=_current.get())


def show_number(number: float) -> str:
    return format_decimal(number, locale=_current.get())


def _spoken() -> NullTranslations:
    return _translations(_current.get(), feature.used() if feature.in_use() else ())


@lru_cache(maxsize=32)
def _translations(language: str, features: Sequence[feature.Feature]) -> NullTranslations:
    """Every feature's catalogue of ``language`` in one; without any (English), messages stand for themselves."""
    folders = [_FOLDER, *feature.folders(features, "translations")]
    files = [path for folder in folders for path in sorted((folder / language).glob("*.po"))]
    if not files:
        return NullTranslations()
    merged: Translations = feature.load("mobilize.core.catalogues:merged")(files, language)
    return merged
