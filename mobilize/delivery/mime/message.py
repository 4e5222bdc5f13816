"""Compile a composed mail into encoded segments once, then splice personal values per recipient.

Composition -> parts (text, HTML, files) -> quoted-printable segments and holes = CompiledMessage
values -> escaped for their place -> encoded -> joined                          = Rendered
"""

import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from mobilize.delivery.composing.composition import Composition
from mobilize.delivery.composing.slots import Slot, value_of
from mobilize.delivery.mime import header_fields
from mobilize.delivery.mime.header_fields import flattened
from mobilize.delivery.mime.parts import Attachment, Hole, Part, file_part, joined, multipart, text_part
from mobilize.delivery.mime.quoted import is_plain, quoted_line

ONE_CLICK_URL = "one_click_url"
UNSUBSCRIBE_MAILTO = "unsubscribe_mailto"

_ONE_CLICK = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
_AUTOMATIC = b"Auto-Submitted: auto-generated\r\n"
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


class Rendered(NamedTuple):
    """One finished message: header lines in order, body, and the SHA-256 of the body (RFC 6376, simple)."""

    headers: tuple[bytes, ...]
    body: bytes
    body_hash: bytes

    def as_bytes(self, *signatures: bytes) -> bytes:
        """The whole message with signature header lines, as made by `dkim.Signer`, on top."""
        return b"".join((*signatures, *self.headers, b"\r\n", self.body))


class CompiledMessage:
    """A message as encoded segments and holes; safe to share between threads."""

    def __init__(self, headers: StaticHeaders, subject: Sequence[str | Slot], content: Part) -> None:
        self._from = header_fields.mailbox("From", headers.from_name, headers.from_address)
        self._subject = tuple(subject)
        personal = any(isinstance(piece, Slot) for piece in subject)
        self._subject_line = None if personal else _subject_line(self._subject, {})
        self._is_list = bool(headers.list_id)
        self._before_unsubscribe = _lines_before_unsubscribe(headers)
        self._after_unsubscribe = _lines_after_unsubscribe(headers, content.header)
        self._compile_body(joined(content.body))

    def _compile_body(self, body: tuple[bytes | Hole, ...]) -> None:
        holes = [(at, segment) for at, segment in enumerate(body) if isinstance(segment, Hole)]
        self._segments = [segment if isinstance(segment, bytes) else b"" for segment in body]
        values = list(dict.fromkeys(hole for _at, hole in holes))
        self._values = tuple((hole, hole.slot.name, _encoded(hole, hole.slot.fallback)) for hole in values)
        self._holes = tuple((at, values.index(hole)) for at, hole in holes)
        same = b"".join(self._segments[: holes[0][0]] if holes else self._segments)
        self._length_of_same, self._hash_of_same = len(same), hashlib.sha256(same)

    @property
    def needs(self) -> frozenset[str]:
        """The names of the values that `render` takes."""
        body = {name for _hole, name, _fallback in self._values}
        unsubscribe = {ONE_CLICK_URL} if self._is_list else set()
        return frozenset(body | unsubscribe | {piece.name for piece in self._subject if isinstance(piece, Slot)})

    def render(
        self, values: Mapping[str, str], *, to_name: str, to_address: str, message_id: str, date: datetime
    ) -> Rendered:
        """Fill the holes for one recipient. `message_id` is without angle brackets; `date` is aware.

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
        return Rendered(headers, *self._render_body(values))

    def _render_body(self, values: Mapping[str, str]) -> tuple[bytes, bytes]:
        encoded = []
        for hole, name, fallback in self._values:
            value = values.get(name, "")
            if is_plain(value):
                encoded.append(value.encode("ascii"))
            elif value and not value.isspace():
                encoded.append(_encoded(hole, value))
            else:
                encoded.append(fallback if fallback else _encoded(hole, value_of(hole.slot, values)))
        parts = self._segments.copy()
        for at, number in self._holes:
            parts[at] = encoded[number]
        body = b"".join(parts)
        digest = self._hash_of_same.copy()
        digest.update(memoryview(body)[self._length_of_same :])
        return body, digest.digest()


def compile_message(
    composition: Composition, headers: StaticHeaders, attachments: Sequence[Attachment] = ()
) -> CompiledMessage:
    """Encode everything that is the same for all recipients.

    Raises:
        Refused: a header value, or the name or type of an attachment, cannot stand in a message.
    """
    marks = composition.marks
    seed = hashlib.sha256(f"{composition.html}{composition.text}".encode()).hexdigest()[:24]
    text = text_part("plain", marks.split(composition.text), markup=False)
    page = text_part("html", marks.split(composition.html, markup=True), markup=True)
    inline = [file_part(file) for file in attachments if file.content_id]
    files = [file_part(file) for file in attachments if not file.content_id]
    if inline:
        page = multipart("related", [page, *inline], f"=_r{seed}")
    content = multipart("alternative", [text, page], f"=_a{seed}")
    if files:
        content = multipart("mixed", [content, *files], f"=_m{seed}")
    return CompiledMessage(headers, marks.split(composition.subject), content)


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
    url = value_of(Slot(ONE_CLICK_URL), values)
    return (header_fields.list_unsubscribe(url, values.get(UNSUBSCRIBE_MAILTO, "")),)


def _subject_line(pieces: Sequence[str | Slot], values: Mapping[str, str]) -> bytes:
    texts = (value_of(piece, values) if isinstance(piece, Slot) else piece for piece in pieces)
    return header_fields.unstructured("Subject", "".join(texts))


def _encoded(hole: Hole, value: str) -> bytes:
    line = flattened(value)
    return quoted_line(html.escape(line) if hole.markup else line)
