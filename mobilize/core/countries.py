"""Countries by their two letters (ISO 3166-1), with their names in a language (CLDR, through Babel)."""

from __future__ import annotations

import unicodedata
from functools import cache

from babel.core import Locale

from mobilize.core.i18n import LANGUAGES, current_language, supported
from mobilize.core.text import normal_form

LONGEST_NAME = 100
"""Of a spelling that is looked up."""
# What CLDR names with two capital letters beside countries: unions, pseudo-locales, and parts reserved in ISO 3166-1.
_NO_COUNTRY = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])


@cache
def country_names(language: str) -> dict[str, str]:
    """Code -> name in ``language``, sorted as its readers look for them."""
    names = {code: name for code, name in Locale.parse(language).territories.items() if _is_country(code)}
    return dict(sorted(names.items(), key=lambda item: _sorted_as(item[1])))


def show_country(code: str, language: str | None = None) -> str:
    """A country by its name in ``language`` (default: the current one)."""
    return country_names(supported(language or current_language())).get(code, code)


@cache
def country_codes_by_name() -> dict[str, str]:
    """Every spelling that a file may use, case folded: two letters, and the names in each language of the product."""
    found = {_sorted_as(name): code for language in LANGUAGES for code, name in country_names(language).items()}
    return found | {code.casefold(): code for code in country_names("en")}


def country_code(spelling: str) -> str | None:
    """The code of a country that somebody wrote as two letters or by its name in a language of the product."""
    return country_codes_by_name().get(_sorted_as(spelling.strip())) if len(spelling) <= LONGEST_NAME else None


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code.isupper() and code not in _NO_COUNTRY


def _sorted_as(name: str) -> str:
    """Without accents and case: "Égypte" stands at E."""
    plain = (letter for letter in normal_form("NFKD", name) if not unicodedata.combining(letter))
    return "".join(plain).casefold()
