"""Compile a composed mail into encoded segments once, then splice personal values per recipient.

Composition -> parts (text, HTML, calendar, files) -> quoted-printable segments and holes = CompiledMessage
values -> escaped for their place -> encoded -> joined                          = Rendered
"""

import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from mobilize.delivery.composing import moments
from mobilize.delivery.composing.composition import Composition
from mobilize.delivery.composing.slots import Slot, value_of
from mobilize.delivery.mime import header_fields
from mobilize.delivery.mime.calendar import calendar_part, read_calendar
from mobilize.delivery.mime.header_fields import flattened
from mobilize.delivery.mime.parts import (
    Attachment,
    Copy,
    Hole,
    Inset,
    Part,
    Segment,
    content_id,
    file_part,
    joined,
    multipart,
    picture_part,
    text_part,
)
from mobilize.delivery.mime.quoted import is_plain, quoted_line

ONE_CLICK_URL = "one_click_url"
UNSUBSCRIBE_MAILTO = "unsubscribe_mailto"

_ONE_CLICK_SLOT = Slot(ONE_CLICK_URL)
_ONE_CLICK = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
_AUTOMATIC = b"Auto-Submitted: auto-generated\r\n"
NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})
_MIME_VERSION = b"MIME-Version: 1.0\r\n"


@dataclass(frozen=True, slots=True)
class StaticHeaders:
    """Header values shared by all recipients of a message.

    With `list_id`, List-Unsubscribe is written from the personal values `one_click_url` (https) and, where
    given, `unsubscribe_mailto` (an address). `automatic` adds Auto-Submitted: auto-generated (RFC 3834).
    """

    from_name: str
    from_address: str
    reply_to: str = ""
    list_id: str = ""
    list_name: str = ""
    feedback_id: str = ""
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Beginning:
    """So many pieces with which every body of a compiled message begins, hashed once."""

    count: int = 0
    hashed: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @classmethod
    def of(cls, pieces: Sequence[bytes]) -> "Beginning":
        return cls(len(pieces), hashlib.sha256(b"".join(pieces)))

    def digest(self, pieces: Sequence[bytes]) -> bytes:
        """SHA-256 of a body that begins like this."""
        found = self.hashed.copy()
        found.update(b"".join(pieces[self.count :]))
        return found.digest()


@dataclass(slots=True)
class Rendered:
    """One finished message: header lines in order, and the body in pieces."""

    headers: tuple[bytes, ...]
    pieces: Sequence[bytes]
    beginning: Beginning = field(default_factory=Beginning)

    @property
    def body(self) -> bytes:
        """The body in one."""
        return b"".join(self.pieces)

    @property
    def body_hash(self) -> bytes:
        """SHA-256 of the body (RFC 6376, simple); it costs as much as all the rest, so only a signer asks for it."""
        return self.beginning.digest(self.pieces)

    def as_bytes(self, *signatures: bytes) -> bytes:
        """The whole message with signature header lines, as made by `dkim.Signer`, on top."""
        return b"".join((*signatures, *self.headers, b"\r\n", *self.pieces))


class CompiledMessage:
    """A message as encoded segments and holes; safe to share between threads."""

    def __init__(
        self, headers: StaticHeaders, subject: Sequence[str | Slot], content: Part, pictures: Sequence[str] = ()
    ) -> None:
        self._from = header_fields.mailbox("From", headers.from_name, headers.from_address)
        self._subject = tuple(subject)
        personal = any(isinstance(piece, Slot) for piece in subject)
        self._subject_line = None if personal else _subject_line(self._subject, {})
        self._is_list = bool(headers.list_id)
        self._before_unsubscribe = _lines_before_unsubscribe(headers)
        self._after_unsubscribe = _lines_after_unsubscribe(headers, content.header)
        self._pictures = tuple(pictures)
        self._compile_body(joined(content.body))

    def _compile_body(self, body: tuple[Segment, ...]) -> None:
        self._segments = [segment if isinstance(segment, bytes) else b"" for segment in body]
        holes = [(at, segment) for at, segment in enumerate(body) if isinstance(segment, Hole)]
        self._values = _by_name(holes)
        self._insets = [(at, segment.make) for at, segment in enumerate(body) if isinstance(segment, Inset)]
        first = next((at for at, segment in enumerate(body) if not isinstance(segment, bytes)), len(body))
        self._beginning = Beginning.of(self._segments[:first])
        body_needs = set(self._values)
        unsubscribe = {ONE_CLICK_URL} if self._is_list else set()
        subject = {piece.name for piece in self._subject if isinstance(piece, Slot)}
        self.needs = frozenset(body_needs | unsubscribe | subject)
        """The names of the values that `render` takes."""
        self.moments = moments.shown(self.needs)
        """Those of them whose words depend on when the copy is made."""
        self.dotless = b"\n." not in b"".join(self._segments)
        """Whether no line begins with a dot: encoded values never do, nor do header lines."""

    def render(
        self,
        values: Mapping[str, str],
        *,
        to_name: str,
        to_address: str,
        message_id: str,
        date: datetime,
        pictures: Mapping[str, bytes] = NO_PICTURES,
    ) -> Rendered:
        """Fill the holes for one recipient. `message_id` is without angle brackets; `date` is aware.

        `pictures` are the personal pictures (PNG) by their names; where the HTML shows one, its address is put.

        Raises:
            Refused: a header value holds CR, LF, NUL or a bidi control, or a value other than a name is missing.
        """
        headers = (
            self._from,
            header_fields.mailbox("To", to_name, to_address),
            self._subject_line or _subject_line(self._subject, values),
            header_fields.date(date),
            header_fields.message_id(message_id),
            *self._before_unsubscribe,
            *(_unsubscribe_lines(values) if self._is_list else ()),
            *self._after_unsubscribe,
        )
        if self._pictures:
            shown = {name: f"cid:{content_id(name, message_id)}" for name in self._pictures}
            values = {**values, **shown}
        pieces = self._pieces(values)
        if self._insets:
            copy = Copy(to_name, to_address, message_id, pictures)
            for at, make in self._insets:
                pieces[at] = make(copy)
        return Rendered(headers, pieces, self._beginning)

    def _pieces(self, values: Mapping[str, str]) -> list[bytes]:
        pieces = self._segments.copy()
        for name, places in self._values.items():
            value = values.get(name, "")
            plain = value.encode("ascii") if is_plain(value) else b""
            for place in places:
                octets = plain or place.encoded(value, values)
                for at in place.positions:
                    pieces[at] = octets
        return pieces


@dataclass(frozen=True, slots=True)
class Place:
    """One personal value in one context, and the segments that it fills; the fallback is encoded already."""

    hole: Hole
    fallback: bytes
    positions: tuple[int, ...]

    def encoded(self, value: str, values: Mapping[str, str]) -> bytes:
        """A value that is not plain, or its fallback.

        Raises:
            Refused: there is neither, and the value is not a name.
        """
        if value and not value.isspace():
            return _encoded(self.hole, value)
        return self.fallback or _encoded(self.hole, value_of(self.hole.slot, values))


def compile_message(
    composition: Composition, headers: StaticHeaders, attachments: Sequence[Attachment] = ()
) -> CompiledMessage:
    """Encode everything that is the same for all recipients.

    Raises:
        Refused: a header value, the name or type of an attachment, or the calendar entry cannot stand in a message.
    """
    marks, source = composition.marks, composition.source
    seed = hashlib.sha256(f"{composition.html}{composition.text}".encode()).hexdigest()[:24]
    text = text_part("plain", marks.split(composition.text), markup=False)
    page = text_part("html", marks.split(composition.html, markup=True), markup=True)
    inline = [file_part(file) for file in attachments if file.content_id]
    inline += map(picture_part, source.pictures)
    files = [file_part(file) for file in attachments if not file.content_id]
    if inline:
        page = multipart("related", [page, *inline], f"=_r{seed}")
    entry = [calendar_part(read_calendar(source.calendar))] if source.calendar else []
    content = multipart("alternative", [text, page, *entry], f"=_a{seed}")
    if files:
        content = multipart("mixed", [content, *files], f"=_m{seed}")
    return CompiledMessage(headers, marks.split(composition.subject), content, source.pictures)


def _by_name(holes: Sequence[tuple[int, Hole]]) -> dict[str, list[Place]]:
    """The places of every value: one for each fallback, and for text and markup."""
    places: dict[str, list[Place]] = {}
    for hole in dict.fromkeys(hole for _at, hole in holes):
        positions = tuple(at for at, other in holes if other == hole)
        places.setdefault(hole.slot.name, []).append(Place(hole, _encoded(hole, hole.slot.fallback), positions))
    return places


def _lines_before_unsubscribe(headers: StaticHeaders) -> tuple[bytes, ...]:
    reply_to = (header_fields.mailbox("Reply-To", "", headers.reply_to),) if headers.reply_to else ()
    list_id = (header_fields.list_id(headers.list_name, headers.list_id),) if headers.list_id else ()
    return reply_to + list_id


def _lines_after_unsubscribe(headers: StaticHeaders, content_header: bytes) -> tuple[bytes, ...]:
    feedback = (header_fields.identifier("Feedback-ID", headers.feedback_id),) if headers.feedback_id else ()
    one_click = (_ONE_CLICK,) if headers.list_id else ()
    automatic = (_AUTOMATIC,) if headers.automatic else ()
    return (*one_click, *feedback, *automatic, _MIME_VERSION, content_header)


def _unsubscribe_lines(values: Mapping[str, str]) -> tuple[bytes, ...]:
    url = value_of(_ONE_CLICK_SLOT, values)
    return (header_fields.list_unsubscribe(url, values.get(UNSUBSCRIBE_MAILTO, "")),)


def _subject_line(pieces: Sequence[str | Slot], values: Mapping[str, str]) -> bytes:
    texts = (value_of(piece, values) if isinstance(piece, Slot) else piece for piece in pieces)
    return header_fields.unstructured("Subject", "".join(texts))


def _encoded(hole: Hole, value: str) -> bytes:
    line = flattened(value)
    return quoted_line(html.escape(line) if hole.markup else line)
