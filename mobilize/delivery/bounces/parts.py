"""The pieces of a mail from anywhere: bounded in size, number and depth, and never an exception.

Every ``message/*`` part is taken as a leaf of text: an enclosed mail is never walked into, and a report whose fields
were encoded (RFC 3464 forbids it, servers do it) is decoded like any other text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from html import unescape
from itertools import islice

MAX_READ = 256 * 1024
MAX_LINES = 8_000
MAX_CONTAINERS = 20
MAX_LEAVES = 50
MAX_HEADERS = 200
MAX_HEADER = 2_000
MAX_TEXT = 64 * 1024

ENCLOSED = ("text/x-rfc822", "text/x-global", "text/x-headers", "text/rfc822-headers", "text/x-rfc822-headers")
"""The kinds under which a mail of ours, or its headers, comes back (RFC 3462, RFC 6533)."""

# What the standard library raises on headers that nobody foresaw.
ODD = (ValueError, LookupError, TypeError, AttributeError, MessageError)

_MESSAGE_TYPE = re.compile(rb"(?im)^(content-type:[ \t]*(?:\r?\n[ \t]+)?)message/(?:global-)?([a-z0-9-]+)")
_CONTAINER = re.compile(rb"(?im)^content-type:[ \t]*(?:\r?\n[ \t]+)?multipart/")
_TAG = re.compile(r"<[^<>]*>")
# Text codecs whose time grows with the square of what they read.
_SLOW = frozenset({"punycode", "idna"})


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf: its kind in lower case and its text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Mail:
    """Headers by lower-case name (of a repeated one the first), the leaves in order, and the parsed mail."""

    headers: Mapping[str, str]
    parts: tuple[Part, ...]
    message: Message

    def first(self, kind: str) -> str | None:
        """The text of the first leaf of this kind."""
        return next((part.text for part in self.parts if part.kind == kind), None)

    @property
    def enclosed(self) -> str:
        """The mail that came back inside, or its headers, or ""."""
        return next((part.text for part in self.parts if part.kind in ENCLOSED), "")

    @property
    def words(self) -> str:
        """What is written for people, before any enclosed mail; HTML only where there is no plain text."""
        own = []
        for part in self.parts:
            if part.kind in ENCLOSED:
                break
            own.append(part)
        plain = [part.text for part in own if part.kind == "text/plain"]
        pages = [unescape(_TAG.sub(" ", part.text)) for part in own if part.kind == "text/html"]
        return "\n".join(plain if any(map(str.strip, plain)) else pages)[:MAX_TEXT]


def open_mail(raw: bytes) -> Mail:
    """The mail in ``raw``, of which only the first 256 KiB are read: what matters stands before what came back."""
    read = b"\n".join(raw[:MAX_READ].split(b"\n", MAX_LINES)[:MAX_LINES])
    cut = _MESSAGE_TYPE.sub(rb"\1text/x-\2", read)
    message = _parsed(cut)
    leaves = islice((part for part in message.walk() if not part.is_multipart()), MAX_LEAVES)
    return Mail(_headers(message), tuple(Part(_kind(leaf), _text(leaf)) for leaf in leaves), message)


def decoded(raw: bytes, charset: str | None) -> str:
    """Text in the charset it claims, else UTF-8; what does not fit becomes U+FFFD."""
    if charset and charset.lower() not in _SLOW:
        try:
            return raw.decode(charset, "replace")
        except ODD:
            pass
    return raw.decode("utf-8", "replace")


def fields(text: str) -> dict[str, str]:
    """Header-like lines (RFC 5322, 2.2) up to the first empty one, unfolded; of a repeated field the first."""
    found: dict[str, str] = {}
    name = ""
    for line in islice(text.lstrip("\r\n").splitlines(), MAX_HEADERS * 4):
        if not line.strip():
            break
        if line[0] in " \t":
            found[name] = f"{found.get(name, '')} {line.strip()}"[:MAX_HEADER]
            continue
        before, colon, value = line.partition(":")
        name = before.strip().lower() if colon else ""
        found.setdefault(name, value.strip()[:MAX_HEADER])
    found.pop("", None)
    return found


def _parsed(raw: bytes) -> Message:
    """A mail of more containers than anyone needs is taken as one piece of text."""
    if len(_CONTAINER.findall(raw)) <= MAX_CONTAINERS:
        try:
            return BytesParser().parsebytes(raw)
        except ODD:
            pass
    head, _empty, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    message = BytesHeaderParser().parsebytes(_flat(head))
    message.set_payload(body.decode("ascii", "surrogateescape"))
    return message


def _flat(head: bytes) -> bytes:
    """Headers without those that say how the body is built."""
    lines = re.sub(rb"\n[ \t]+", b" ", head).split(b"\n")
    return b"\n".join(line for line in lines if not line.lower().startswith(b"content-")) + b"\n\n"


def _headers(message: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in islice(message.raw_items(), MAX_HEADERS):
        found.setdefault(name.lower(), _header(str(value)[:MAX_HEADER]))
    return found


def _header(value: str) -> str:
    """RFC 2047 words decoded; UTF-8 as it stands (RFC 6532)."""
    plain = value.encode("ascii", "surrogateescape") if value.isascii() or _escaped(value) else value.encode()
    text = " ".join(plain.decode("utf-8", "replace").split())
    try:
        return str(make_header(decode_header(text))) if "=?" in text else text
    except ODD:
        return text


def _escaped(value: str) -> bool:
    return all(character.isascii() or "\udc80" <= character <= "\udcff" for character in value)


def _kind(part: Message) -> str:
    try:
        return str(part.get_content_type()).lower()
    except ODD:
        return "text/plain"


def _text(part: Message) -> str:
    if not _kind(part).startswith("text/"):
        return ""
    try:
        payload, charset = part.get_payload(decode=True), part.get_content_charset()
    except ODD:
        return ""
    return decoded(payload, charset) if isinstance(payload, bytes) else ""
