"""Quoted-printable (RFC 2045, section 6.7) in pieces that can be joined at soft line breaks."""

import re

SOFT_BREAK = b"=\r\n"

_WIDTH = 73  # with a protected first character (+2) and the "=" of a soft break: at most 76
_UNSAFE = re.compile(rb"[^\t -<>-~]|[\t ]\Z")
_CHUNK = re.compile(rb".{1,%d}(?<!=)(?<!=.)" % _WIDTH, re.DOTALL)
_PLAIN = re.compile(r"(?![. ]|From )[ !#-%(-;?-~]{0,72}[!#-%(-;?-~]\Z")


def quoted_lines(text: str) -> bytes:
    """A text of any lines (ended by LF or CRLF) as quoted-printable, every line at most 76 octets."""
    lines = text.replace("\r\n", "\n").split("\n")
    return b"\r\n".join(quoted_line(line) for line in lines)


def is_plain(text: str) -> bool:
    """Whether a value is one short line that stays as it is, in HTML as in text, quoted-printable or not."""
    return _PLAIN.match(text) is not None


def quoted_line(text: str) -> bytes:
    """A value of one line, to stand between two soft line breaks."""
    escaped = _UNSAFE.sub(_hex, text.encode("utf-8", "replace"))
    return SOFT_BREAK.join(_protected(chunk) for chunk in _CHUNK.findall(escaped))


def _hex(match: re.Match[bytes]) -> bytes:
    return b"=%02X" % match[0][0]


def _protected(chunk: bytes) -> bytes:
    """Keep relays from touching a line: a lone dot, or "From " that mailboxes turn into ">From "."""
    if chunk.startswith((b".", b"From ")):
        return b"=%02X" % chunk[0] + chunk[1:]
    return chunk
