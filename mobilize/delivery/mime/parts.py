"""Parts of a MIME message as segments and holes (RFC 2045, 2046, 2183, 2231)."""

import base64
import re
from collections.abc import Sequence
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


Segment = bytes | Hole


class Part(NamedTuple):
    """Header lines and the body of one part."""

    header: bytes
    body: tuple[Segment, ...]


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
    return Part(header, (base64.encodebytes(file.content).replace(b"\n", b"\r\n"),))


def multipart(subtype: str, parts: Sequence[Part], boundary: str) -> Part:
    """Parts in one; the boundary starts with "=_", which no encoded body can hold."""
    header = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n'.encode()
    body: list[Segment] = []
    for part in parts:
        body += [f"\r\n--{boundary}\r\n".encode(), part.header, b"\r\n", *part.body]
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


def _disposition(file: Attachment) -> str:
    """The file's name percent-encoded (RFC 2231), cut so that the line stays short."""
    name = quote(checked("attachment", file.name)[:80], safe="")
    kind = "inline" if file.content_id else "attachment"
    if re.fullmatch(r"[A-Za-z0-9._-]{1,60}", file.name):
        return f"Content-Disposition: {kind}; filename={file.name}"
    return f"Content-Disposition: {kind};\r\n filename*=utf-8''{name}"
