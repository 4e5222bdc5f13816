"""The calendar part of a mail (RFC 5545, 5546, 6047): checked once, then spliced with the recipient as its ATTENDEE.

text -> unfolded lines -> checked -> Calendar(method, head, tail) -> head, ATTENDEE of one copy, tail
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.delivery.mime.header_fields import flattened, wire_address
from mobilize.delivery.mime.parts import Copy, Inset, Part
from mobilize.delivery.mime.quoted import quoted_lines

MAX_SIZE = 100_000
_WIDTH = 75
"""Octets of a content line without its break (RFC 5545, section 3.1)."""

_METHODS = frozenset({"REQUEST", "CANCEL"})
_ONCE = ("UID", "DTSTAMP", "DTSTART", "ORGANIZER", "SEQUENCE")
_NEVER = ("ATTENDEE", "RRULE", "RDATE")
_EVENT = ["VCALENDAR", "VEVENT"]
_NAME = re.compile(r"([A-Za-z0-9-]+)[;:]")
_FOLD = re.compile(r"\r?\n[ \t]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SEPARATOR = re.compile("[\x85\u2028\u2029]")
"""Characters that some programs take for the end of a line, and RFC 5545 does not."""
_QUOTED = str.maketrans({"^": "^^", '"': "^'"})
"""RFC 6868: what a quoted parameter value cannot hold as it is. Line breaks were made spaces before."""

_MAILTO = "!$'*+-._~@"
"""What may stand in a mailto URI as it is (RFC 6068, section 2)."""


class Calendar(NamedTuple):
    """A checked entry, folded, every line ended by CRLF; its attendee goes between ``head`` and ``tail``."""

    method: str
    head: str
    tail: str


def read_calendar(text: str) -> Calendar:
    """The entry that a mail may carry: one VEVENT, no attendee yet, METHOD ``REQUEST`` or ``CANCEL``.

    Raises:
        Refused: it is another thing; the field names the property at fault (``calendar.UID``).
    """
    if len(text) > MAX_SIZE or _CONTROL.search(text.replace("\r\n", "\n")):
        raise _refused()
    unfolded = _SEPARATOR.sub(" ", _FOLD.sub("", text))
    lines = unfolded.replace("\r\n", "\n").removesuffix("\n").split("\n")
    method = _method(lines)
    head, tail = _around_attendee(lines)
    return Calendar(method, _content(head), _content(tail))


def attendee(name: str, address: str) -> str:
    """The content line that names a mail's recipient, folded and with its break.

    RSVP=FALSE: no answer is asked for, and none that comes is read.
    """
    who = f';CN="{flattened(name).translate(_QUOTED)}"' if name and not name.isspace() else ""
    mailto = quote(wire_address(address).encode("utf-8", "replace"), safe=_MAILTO)
    return _content([f"ATTENDEE{who};RSVP=FALSE:mailto:{mailto}"])


def calendar_part(calendar: Calendar) -> Part:
    """The last alternative of a mail; without a disposition, or mail programs show a file instead of an entry."""
    header = (
        f"Content-Type: text/calendar; method={calendar.method}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
    ).encode("ascii")
    return Part(header, (quoted_lines(calendar.head), Inset(_attendee_of), quoted_lines(calendar.tail)))


def _attendee_of(copy: Copy) -> bytes:
    return quoted_lines(attendee(copy.to_name, copy.to_address))


def _method(lines: Sequence[str]) -> str:
    """METHOD of the whole calendar, which the part's header repeats (RFC 6047, section 2.4)."""
    values = [line.partition(":")[2].strip().upper() for line in lines if line.upper().startswith("METHOD:")]
    if len(values) != 1 or values[0] not in _METHODS:
        raise _refused("METHOD")
    return values[0]


def _around_attendee(lines: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The lines before and after the place of the attendee: properties stand before an event's alarms."""
    properties: Counter[str] = Counter()
    begins = []
    for at, (name, inside) in enumerate(_nested(lines)):
        if name in _NEVER:
            raise _refused(name)
        if name == "BEGIN" and inside == _EVENT:
            begins.append(at)
        elif inside == _EVENT:
            properties[name] += 1
    if len(begins) != 1:
        raise _refused("VEVENT")
    for name in _ONCE:
        if properties[name] != 1:
            raise _refused(name)
    return lines[: begins[0] + 1], lines[begins[0] + 1 :]


def _nested(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The name of every line, and the components that are open with it."""
    inside: list[str] = []
    for at, line in enumerate(lines):
        found = _NAME.match(line)
        if not found or (at and not inside):
            raise _refused()
        name, component = found[1].upper(), line.partition(":")[2].strip().upper()
        if name == "BEGIN":
            inside = [*inside, component]
        if not inside or inside[0] != "VCALENDAR":
            raise _refused("VCALENDAR")
        yield name, inside
        if name == "END":
            if component != inside[-1]:
                raise _refused(component)
            inside = inside[:-1]
    if inside:
        raise _refused(inside[-1])


def _content(lines: Sequence[str]) -> str:
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _folded(line: str) -> Iterator[str]:
    """A content line in pieces of at most 75 octets, cut between characters; all but the first begin with a space."""
    octets, start = line.encode(), ""
    while len(octets) > _WIDTH - len(start):
        cut = _WIDTH - len(start)
        while octets[cut] & 0xC0 == 0x80:
            cut -= 1
        yield start + octets[:cut].decode()
        octets, start = octets[cut:], " "
    yield start + octets.decode()


def _refused(name: str = "") -> Refused:
    return Refused(f"calendar.{name}".rstrip("."), _("This is not a calendar entry that can be mailed"))
