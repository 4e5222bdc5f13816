"""A received message taken apart for the page: headers, HTML, text, attachments, links. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from html.parser import HTMLParser

_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_CONTENT_ID = re.compile(r"(?i)\bcid:([^\s\"'>)]+)")
_TEXT_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:)]")


@dataclass(frozen=True)
class Part:
    """Something inside a mail that can be downloaded; ``number`` counts the parts depth first."""

    number: int
    filename: str
    content_type: str
    content_id: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One message as a reader's program would show it; ``html`` and ``text`` are None where it has none."""

    headers: tuple[tuple[str, str], ...]
    html: str | None
    text: str | None
    parts: tuple[Part, ...]
    links: tuple[str, ...]

    @property
    def sender(self) -> str:
        """Who it says it is from; empty where it does not say."""
        return next((value for name, value in self.headers if name.lower() == "from"), "")


def take_apart(content: bytes) -> Mail:
    """Parse a message as received; defects are tolerated, as a reader's program would."""
    message = message_from_bytes(content, policy=policy.default)
    html, text = _body(message, "html"), _body(message, "plain")
    return Mail(
        headers=tuple((name, str(value)) for name, value in message.items()),
        html=html,
        text=text,
        parts=tuple(_parts(message)),
        links=tuple(dict.fromkeys(_links(html, text))),
    )


def framed(html: str, parts: tuple[Part, ...], part_url: str) -> str:
    """HTML for the sandboxed frame: links open beside it, embedded pictures come from ``part_url`` + number."""
    numbers = {part.content_id: part.number for part in parts if part.content_id}
    own = _CONTENT_ID.sub(lambda match: f"{part_url}{numbers[match[1]]}" if match[1] in numbers else match[0], html)
    base = '<base target="_blank">'
    return _HEAD.sub(lambda match: match[0] + base, own, count=1) if _HEAD.search(own) else base + own


def _body(message: EmailMessage, subtype: str) -> str | None:
    part = message.get_body(preferencelist=(subtype,))
    return _decoded(part) if part is not None else None


def _decoded(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset() or "utf-8", errors="replace")
    except LookupError:
        return content.decode("utf-8", errors="replace")


def _parts(message: EmailMessage) -> list[Part]:
    bodies = [message.get_body(preferencelist=(kind,)) for kind in ("html", "plain")]
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return [_part(number, leaf) for number, leaf in enumerate(leaves) if not any(leaf is body for body in bodies)]


def _part(number: int, leaf: EmailMessage) -> Part:
    payload = leaf.get_payload(decode=True)
    return Part(
        number=number,
        filename=leaf.get_filename() or f"part-{number}",
        content_type=leaf.get_content_type(),
        content_id=str(leaf.get("Content-ID", "")).strip("<> "),
        content=payload if isinstance(payload, bytes) else b"",
    )


def _links(html: str | None, text: str | None) -> list[str]:
    collector = _Links()
    collector.feed(html or "")
    return [*collector.found, *_TEXT_LINK.findall(text or "")]


class _Links(HTMLParser):
    """Addresses of the anchors, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href") if tag == "a" else None
        if address and address.startswith(("https://", "http://")):
            self.found.append(address)
