"""SMTP replies: cut out of a stream (RFC 5321, 4.2), with enhanced codes (RFC 3463) and without addresses."""

import re
from dataclasses import dataclass

MAX_LINE = 4_096
MAX_LINES = 100

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: +|\Z)")
_ADDRESS = re.compile(r"<?[^\s<>@]{1,256}@[^\s<>@,;:)]{1,256}>?")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
_KEPT = 300


class NotSmtp(ValueError):
    """The other side does not speak SMTP."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole answer: code, enhanced code or "", and text fit for a log."""

    code: int
    enhanced: str
    text: str

    @property
    def done(self) -> bool:
        """Whether the command was done (2xx)."""
        return self.code // 100 == 2


class ReplyReader:
    """Collects octets and gives out whole replies, also those of many lines that arrive in pieces."""

    def __init__(self) -> None:
        self._buffer = b""
        self._lines: list[str] = []

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
        if len(line) < 3 or len(line) > MAX_LINE or not line[:3].isdigit() or line[3:4] not in {b"", b" ", b"-"}:
            raise NotSmtp("a reply line has no code")
        self._lines.append(line[4:].decode("utf-8", "replace"))
        if len(self._lines) > MAX_LINES:
            raise NotSmtp("a reply has too many lines")
        if line[3:4] == b"-":
            return None
        texts, self._lines = self._lines, []
        return _reply(int(line[:3]), texts)


def _reply(code: int, texts: list[str]) -> Reply:
    found = _ENHANCED.match(texts[0])
    enhanced = found[1] if found and found[1][0] == str(code)[0] else ""
    words = (text[len(enhanced) :].strip() if enhanced and text.startswith(enhanced) else text for text in texts)
    return Reply(code, enhanced, scrubbed(" ".join(words)))


def scrubbed(text: str) -> str:
    """A text from outside for logs and pages: no addresses, no controls, at most 300 characters."""
    return _ADDRESS.sub("(address)", _CONTROLS.sub(" ", text))[:_KEPT].strip()
