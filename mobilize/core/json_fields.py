"""Reading untrusted JSON objects field by field; every refusal names the place, like ``languages.fr.blocks[3].alt``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.core.text import one_line

MAX_URL = 2000
_MAILBOX = re.compile(r"mailto:[^\s@]+@[^\s@]+\Z", re.IGNORECASE)
_UNSAFE_IN_URL = re.compile(r"[\s\"'<>\\^`{|}\x00-\x20\x7f-\x9f]")


class Fields:
    """One object of a content file; ``at`` is where it stands."""

    def __init__(self, raw: object, at: str) -> None:
        if not isinstance(raw, Mapping):
            raise Refused(at or "content", _("Write an object: names and values in braces"))
        self._raw: Mapping[str, Any] = raw
        self._at = at
        self._known: set[str] = set()

    def place(self, name: str) -> str:
        return f"{self._at}.{name}" if self._at else name

    def value(self, name: str) -> Any:
        """The raw value, ``None`` where it is missing."""
        self._known.add(name)
        return self._raw.get(name)

    def text(self, name: str, *, at_most: int, required: bool = False) -> str:
        """A text that may have lines.

        Raises:
            Refused: it is missing, not a text, too long, or holds half a character.
        """
        value = self.value(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise Refused(self.place(name), _("Write a text in quotation marks"))
        if len(value) > at_most:
            raise Refused(self.place(name), _("Use at most %(count)d characters", count=at_most))
        if any("\ud800" <= character <= "\udfff" or character == "\0" for character in value):
            raise Refused(self.place(name), _("Remove line breaks and invisible control characters"))
        if required and not value.strip():
            raise Refused(self.place(name), _("Fill this in"))
        return value

    def line(self, name: str, *, at_most: int = 200, required: bool = False) -> str:
        """A text of one line, without controls and bidirectional overrides."""
        return one_line(self.place(name), self.text(name, at_most=at_most * 4, required=required), at_most=at_most)

    def url(self, name: str, *, required: bool = False) -> str:
        """An address of the web or of a mailbox, or a path on this installation; quotes and spaces encoded."""
        return checked_url(self.place(name), self.line(name, at_most=MAX_URL, required=required))

    def whole_number(self, name: str, choices: tuple[int, ...]) -> int:
        """One of ``choices``; the first where it is missing."""
        value = self.value(name)
        if value is None:
            return choices[0]
        if type(value) is not int or value not in choices:
            allowed = ", ".join(str(choice) for choice in choices)
            raise Refused(self.place(name), _("Use one of: %(allowed)s", allowed=allowed))
        return value

    def items(self, name: str, *, at_most: int) -> list[tuple[object, str]]:
        """The items of an array, each with its place."""
        value = self.value(name)
        if not isinstance(value, list):
            raise Refused(self.place(name), _("Write an array: values in square brackets"))
        if len(value) > at_most:
            raise Refused(self.place(name), _("Use at most %(count)d", count=at_most))
        return [(item, f"{self.place(name)}[{number}]") for number, item in enumerate(value)]

    def finish(self) -> None:
        """Refuse what nobody asked for: a mistyped name would otherwise be lost without a word."""
        unknown = sorted(str(name)[:60] for name in self._raw if name not in self._known)
        if unknown:
            raise Refused(self.place(unknown[0]), _("There is no field of this name"))


def checked_url(place: str, url: str) -> str:
    """``url`` if a mail may link to it, with what cannot stand in an address percent-encoded; ``""`` stays ``""``.

    Raises:
        Refused: neither http(s) with a host, nor mailto, nor a path that starts with one slash.
    """
    if not url:
        return ""
    if _MAILBOX.match(url) or _is_own_path(url) or _is_web_address(url):
        return _UNSAFE_IN_URL.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)
    raise Refused(place, _("Write a whole address, starting with https://"))


def _is_own_path(url: str) -> bool:
    return url.startswith("/") and not url.startswith(("//", "/\\"))


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where the port is not a number
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "\\" not in parts.netloc
