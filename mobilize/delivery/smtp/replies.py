"""SMTP replies: cut out of a stream (RFC 5321, 4.2), with enhanced codes (RFC 3463) and without addresses."""

import re
from typing import NamedTuple

MAX_LINE = 4_096
MAX_LINES = 100

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: +|\Z)")
_ADDRESS = re.compile(r"<?[^\s<>@]{1,256}@[^\s<>@,;:)]{1,256}>?")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
_SEPARATORS = frozenset({b"", b" ", b"-"})
_KEPT = 300
_CODES = {b"%d " % code: code for code in range(200, 600)}
"""How nearly every line begins: a reply of its own."""


class NotSmtp(ValueError):
    """The other side does not speak SMTP."""


class Reply(NamedTuple):
    """One whole answer. What is said besides the code is read only if somebody asks: most answers are "250 ok"."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def done(self) -> bool:
        """Whether the command was done (2xx)."""
        return 200 <= self.code < 300

    @property
    def enhanced(self) -> str:
        """The RFC 3463 code, "" where there is none."""
        found = _ENHANCED.match(_decoded(self.lines[0]))
        return found[1] if found and found[1][0] == str(self.code)[0] else ""

    @property
    def text(self) -> str:
        """The words, fit for a log, without the enhanced code."""
        enhanced, texts = self.enhanced, map(_decoded, self.lines)
        words = (text[len(enhanced) :].strip() if enhanced and text.startswith(enhanced) else text for text in texts)
        return scrubbed(" ".join(words))


class ReplyReader:
    """Collects octets and gives out whole replies, also those of many lines that arrive in pieces."""

    def __init__(self) -> None:
        self._buffer = b""
        self._lines: list[bytes] = []

    @property
    def amid_a_reply(self) -> bool:
        """Whether a part of a reply was read, and the rest has to come."""
        return bool(self._buffer or self._lines)

    def feed(self, octets: bytes) -> list[Reply]:
        """The replies completed by these octets.

        Raises:
            NotSmtp: a line has no code, is too long, or a reply never ends.
        """
        *lines, self._buffer = (self._buffer + octets).split(b"\n")
        if len(self._buffer) > MAX_LINE:
            raise NotSmtp("a reply line is too long")
        return [reply for line in lines if (reply := self._take(line.rstrip(b"\r")))]

    def _take(self, line: bytes) -> Reply | None:
        if (known := _CODES.get(line[:4])) is not None and not self._lines and len(line) <= MAX_LINE:
            return Reply(known, (line[4:],))
        code, separator = line[:3], line[3:4]
        if len(code) < 3 or len(line) > MAX_LINE or not code.isdigit() or separator not in _SEPARATORS:
            raise NotSmtp("a reply line has no code")
        if separator != b"-" and not self._lines:
            return Reply(int(code), (line[4:],))
        self._lines.append(line[4:])
        if len(self._lines) > MAX_LINES:
            raise NotSmtp("a reply has too many lines")
        if separator == b"-":
            return None
        lines, self._lines = self._lines, []
        return Reply(int(code), tuple(lines))


def _decoded(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def scrubbed(text: str) -> str:
    """A text from outside for logs and pages: no addresses, no controls, at most 300 characters."""
    return _ADDRESS.sub("(address)", _CONTROLS.sub(" ", text))[:_KEPT].strip()
