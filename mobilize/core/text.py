"""Text that people typed: cleaned where that is harmless, refused where it could act."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from email_validator import EmailNotValidError, validate_email

from mobilize.core.errors import Refused
from mobilize.core.i18n import _

# Characters that reorder or hide text (Unicode TR 36): an address or a subject that shows other than it is.
_MARKS = "\u061c\u200e\u200f"
_BIDI = f"{_MARKS}\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# Characters without width that split a word for a machine and not for a reader.
_ZERO_WIDTH = "\u200b\u2060\ufeff"
_DECEIVING = frozenset(_BIDI + _ZERO_WIDTH)
# What keyboards and programs leave around a word: an Arabic keyboard its marks, a spreadsheet its byte-order mark.
_AROUND = f"{_MARKS}{_ZERO_WIDTH}\u00ad\u180e\u200c\u200d"
# A dot-atom of letters, digits and the commonest marks, at most 64 (RFC 5321, 4.5.3.1.1): nothing to normalise.
_PLAIN_LOCAL = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*\Z")
_EDGES = "".join(one for one in map(chr, range(0x3001)) if one.isspace()) + _AROUND
_MOST_MARKS, _SOON_ORDERED = 30, 1_000
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


def one_line(field: str, value: str, *, at_most: int = 200) -> str:
    """A single line of plain text, NFC, without blanks and invisible marks around it; may be empty.

    Raises:
        Refused: it is too long, or holds line breaks, NUL, other controls or bidirectional overrides.
    """
    if len(value) > at_most * 4:
        raise Refused(field, _("Use at most %(count)d characters", count=at_most))
    text = normal_form("NFC", trimmed(value))
    if len(text) > at_most:
        raise Refused(field, _("Use at most %(count)d characters", count=at_most))
    if not (text.isascii() and text.isprintable()) and any(map(_acts, text)):
        raise Refused(field, _("Remove line breaks and invisible control characters"))
    return text


def normal_form(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    """The text in a normal form, except a long one with a pile of marks on one letter, which no language writes.

    Python brings marks into their order in the square of their number and lets nothing else run meanwhile: two
    megabytes of them in one request would take an hour.
    """
    if len(text) > _SOON_ORDERED and _has_pile(text):
        return text
    return unicodedata.normalize(form, text)


def trimmed(value: str) -> str:
    """``value`` without blanks and invisible marks at its ends; those inside stay (see ``one_line``)."""
    return value.strip() if value.isascii() else value.strip(_EDGES)


def holds_words(words: str, *names: str) -> bool:
    """True if one of the names holds every word, in any case and with any accents; false without a word."""
    wanted = _plain(words).split()
    return bool(wanted) and any(all(word in name for word in wanted) for name in map(_plain, names))


def _plain(text: str) -> str:
    """``text`` as a search compares it: case and marks above letters taken off (Unicode 5.18, 2.12)."""
    decomposed = normal_form("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def required_line(field: str, value: str, *, at_most: int = 200) -> str:
    """``one_line`` that may not be empty."""
    text = one_line(field, value, at_most=at_most)
    if not text:
        raise Refused(field, _("Fill this in"))
    return text


def lines(field: str, value: str, *, at_most: int = 500) -> str:
    """Several lines of plain text, each checked by itself.

    Raises:
        Refused: too long, or with control characters.
    """
    if len(value) > at_most * 4:
        raise Refused(field, _("Use at most %(count)d characters", count=at_most))
    kept = [one_line(field, line, at_most=at_most) for line in value.splitlines()]
    joined = "\n".join(kept).strip()
    if len(joined) > at_most:
        raise Refused(field, _("Use at most %(count)d characters", count=at_most))
    return joined


def one_line_each(field: str, texts: Mapping[str, str], *, at_most: int = 200) -> dict[str, str]:
    """``one_line`` of a text in each of its languages; blank ones are left out."""
    return _written({language: one_line(field, words, at_most=at_most) for language, words in texts.items()})


def required_line_each(field: str, texts: Mapping[str, str], *, at_most: int = 200) -> dict[str, str]:
    """``one_line_each`` that is written in one language at least."""
    found = one_line_each(field, texts, at_most=at_most)
    if not found:
        raise Refused(field, _("Fill this in"))
    return found


def lines_each(field: str, texts: Mapping[str, str], *, at_most: int = 500) -> dict[str, str]:
    """``lines`` of a text in each of its languages; blank ones are left out."""
    return _written({language: lines(field, words, at_most=at_most) for language, words in texts.items()})


def _written(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: words for language, words in texts.items() if words}


def mail_address(field: str, value: str) -> str:
    """A syntactically valid mail address (RFC 5321, 6531), domain in lower case; nothing is looked up.

    Raises:
        Refused: not an address that mail can be sent to.
    """
    text = required_line(field, value, at_most=254)
    local, _at, domain = text.rpartition("@")
    plain = _PLAIN_LOCAL.match(local) is not None
    known = _normal_domain(domain) if plain else ""
    found = f"{local}@{known}" if known else "" if plain else _normal_address(text)
    if not found:
        raise Refused(field, _("Enter an email address like name@example.org"))
    return found


def slug(field: str, value: str) -> str:
    """A name for URLs: lower-case letters, digits and single hyphens.

    Raises:
        Refused: any other form.
    """
    if len(value) > 60 or not _SLUG.match(value):
        raise Refused(field, _("Use lower-case letters, digits and hyphens, at most 60"))
    return value


def masked_address(address: str) -> str:
    """``"a•••@e•••.org"``: enough for its owner to recognise, not for anyone to use."""
    local, _at, domain = address.rpartition("@")
    name, dot, top = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••{dot}{top}"


def is_noncharacter(character: str) -> bool:
    """Whether it is none and never will be (Unicode 23.7); XML cannot hold some of them, so no workbook and no feed."""
    return ord(character) & 0xFFFE == 0xFFFE or "\ufdd0" <= character <= "\ufdef"


def _has_pile(text: str) -> bool:
    """More marks in a row than the Stream-Safe Text Format allows (UAX 15, 13)."""
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > _MOST_MARKS:
            return True
    return False


def _acts(character: str) -> bool:
    hides = character in _DECEIVING or is_noncharacter(character)
    return hides or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


@lru_cache(maxsize=4096)
def _normal_domain(domain: str) -> str:
    """The domain of an address in its normal form, or nothing; an import has few domains and many people."""
    return _normal_address(f"a@{domain}").removeprefix("a@")


def _normal_address(text: str) -> str:
    """The address in its normal form, or nothing if it is none."""
    try:
        return str(validate_email(text, check_deliverability=False, test_environment=True, strict=True).normalized)
    except EmailNotValidError:
        return ""
