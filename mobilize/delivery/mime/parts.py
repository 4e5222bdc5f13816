"""Parts of a MIME message as segments and holes (RFC 2045, 2046, 2183, 2231)."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.delivery.composing.slots import Slot
from mobilize.delivery.mime.header_fields import checked
from mobilize.delivery.mime.quoted import SOFT_BREAK, quoted_lines

_CONTENT_TYPE = re.compile(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+(; ?[a-z-]+=[A-Za-z0-9._-]+)*\Z")
_CONTENT_ID = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+\Z")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the mail; with `content_id` (no angle brackets) it is an inline image of the HTML."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""


class Hole(NamedTuple):
    """A personal value in one context: `markup` says whether it stands in HTML."""

    slot: Slot
    markup: bool


@dataclass(frozen=True, slots=True)
class Copy:
    """One person's copy of a mail, as far as parts of it are made for nobody else. ``pictures`` are PNG by name."""

    to_name: str
    to_address: str
    message_id: str
    pictures: Mapping[str, bytes]


class Inset(NamedTuple):
    """Encoded octets that are made for one copy."""

    make: Callable[[Copy], bytes]


Segment = bytes | Hole | Inset


class Part(NamedTuple):
    """Header lines and the body of one part; ``personal_header`` are lines that differ between copies."""

    header: bytes
    body: tuple[Segment, ...]
    personal_header: tuple[Segment, ...] = ()


def text_part(subtype: str, pieces: Sequence[str | Slot], *, markup: bool) -> Part:
    """A text in quoted-printable, cut at its personal values."""
    header = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    ).encode()
    body: list[Segment] = []
    for piece in pieces:
        if isinstance(piece, Slot):
            body += [SOFT_BREAK, Hole(piece, markup), SOFT_BREAK]
        else:
            body.append(quoted_lines(piece))
    return Part(header, tuple(body))


def file_part(file: Attachment) -> Part:
    """A file in base64.

    Raises:
        Refused: its name, type or content identifier cannot stand in a header.
    """
    if not _CONTENT_TYPE.match(file.content_type) or file.content_type.startswith("multipart/"):
        raise Refused("attachment", _("Not a type of file that can be attached"))
    lines = [f"Content-Type: {file.content_type}", "Content-Transfer-Encoding: base64", _disposition(file)]
    if file.content_id:
        if not _CONTENT_ID.match(file.content_id):
            raise Refused("attachment", _("Not a content identifier"))
        lines.append(f"Content-ID: <{file.content_id}>")
    header = "".join(f"{line}\r\n" for line in lines).encode("ascii")
    return Part(header, (_octets(file.content),))


def picture_part(name: str) -> Part:
    """A picture of one person, such as a ticket's code, that the HTML shows by its content identifier.

    No file's name: it would offer the picture as an attachment.
    """
    header = b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n"
    identifier = Inset(lambda copy: f"Content-ID: <{content_id(name, copy.message_id)}>\r\n".encode("ascii"))
    return Part(header, (Inset(lambda copy: _octets(_picture(name, copy))),), (identifier,))


def content_id(name: str, message_id: str) -> str:
    """The content identifier of a personal picture: unique in the world, as the Message-ID is (RFC 2045, section 7)."""
    return f"{name}.{message_id}"


def multipart(subtype: str, parts: Sequence[Part], boundary: str) -> Part:
    """Parts in one; the boundary starts with "=_", which no encoded body can hold."""
    header = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n'.encode()
    body: list[Segment] = []
    for part in parts:
        body += [f"\r\n--{boundary}\r\n".encode(), part.header, *part.personal_header, b"\r\n", *part.body]
    return Part(header, (*_without_first_break(body), f"\r\n--{boundary}--\r\n".encode()))


def joined(body: Sequence[Segment]) -> tuple[Segment, ...]:
    """The same body with neighbouring bytes put together."""
    result: list[Segment] = []
    for segment in body:
        if result and isinstance(segment, bytes) and isinstance(result[-1], bytes):
            result[-1] += segment
        else:
            result.append(segment)
    return tuple(result)


def _without_first_break(body: list[Segment]) -> list[Segment]:
    first, *rest = body
    return [first.removeprefix(b"\r\n") if isinstance(first, bytes) else first, *rest]


def _octets(content: bytes) -> bytes:
    """Base64 in lines of 76 (RFC 2045, section 6.8)."""
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _picture(name: str, copy: Copy) -> bytes:
    """Raises Refused: this copy has none, and its reader would see an empty frame."""
    if name not in copy.pictures:
        raise Refused(name, _("This email needs a value here"))
    return copy.pictures[name]


def _disposition(file: Attachment) -> str:
    """The file's name percent-encoded (RFC 2231), cut so that the line stays short."""
    name = quote(checked("attachment", file.name)[:80], safe="")
    kind = "inline" if file.content_id else "attachment"
    if re.fullmatch(r"[A-Za-z0-9._-]{1,60}", file.name):
        return f"Content-Disposition: {kind}; filename={file.name}"
    return f"Content-Disposition: {kind};\r\n filename*=utf-8''{name}"
