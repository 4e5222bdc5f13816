"""Quoted-printable (RFC 2045, section 6.7) in pieces that can be joined at soft line breaks."""

import re

SOFT_BREAK = b"=\r\n"

_WIDTH = 73  # with a protected first character (+2) and the "=" of a soft break: at most 76
_UNSAFE = re.compile(rb"[^\t -<>-~]|[\t ]\Z")
_CHUNK = re.compile(rb".{1,%d}(?<!=)(?<!=.)" % _WIDTH, re.DOTALL)
_PLAIN = re.compile(r"(?![.]|From )[ -<>-~]{0,72}[!-<>-~]\Z")


def quoted_lines(text: str) -> bytes:
    """A text of any lines (ended by LF or CRLF) as quoted-printable, every line at most 76 octets."""
    lines = text.replace("\r\n", "\n").split("\n")
    return b"\r\n".join(_line(line) for line in lines)


def quoted_value(text: str) -> bytes:
    """A value of one line, to stand between two soft line breaks."""
    return text.encode("ascii") if _PLAIN.match(text) else _line(text)


def _line(text: str) -> bytes:
    escaped = _UNSAFE.sub(_hex, text.encode("utf-8", "replace"))
    return SOFT_BREAK.join(_protected(chunk) for chunk in _CHUNK.findall(escaped))


def _hex(match: re.Match[bytes]) -> bytes:
    return b"=%02X" % match[0][0]


def _protected(chunk: bytes) -> bytes:
    """Keep relays from touching a line: a lone dot, or "From " that mailboxes turn into ">From "."""
    if chunk.startswith((b".", b"From ")):
        return b"=%02X" % chunk[0] + chunk[1:]
    return chunk
