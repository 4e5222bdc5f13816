"""Compose a mail once: frozen source -> subject, preheader, HTML and text, with marks for personal values.

    Source -> blocks -> MJML (trusted Jinja2, every value sealed) -> mjml -> HTML -> seals opened
           -> the same blocks as text                             -> plain text

What an author typed never meets the template language nor MJML: see `sealing` and `slots`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from mobilize.core.i18n import direction, using
from mobilize.delivery.composing import moments
from mobilize.delivery.composing.blocks import Author, UrlFor
from mobilize.delivery.composing.email_pages import Page
from mobilize.delivery.composing.email_style import EmailStyle
from mobilize.delivery.composing.sealing import Seals
from mobilize.delivery.composing.slots import Marks
from mobilize.delivery.composing.sources import Brand, Sender, Source

__all__ = ["Brand", "Composition", "Preview", "Sender", "Source", "compose"]


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as one person would read it."""

    subject: str
    preheader: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Composition:
    """A composed mail; all four texts may hold marks, which `marks` can read."""

    source: Source
    subject: str
    preheader: str
    html: str
    text: str
    marks: Marks

    @property
    def moments(self) -> tuple[str, ...]:
        """The slots whose words depend on when a copy is made (``moments.words_for``)."""
        return moments.shown(self.marks.names)

    def preview(self, values: Mapping[str, str]) -> Preview:
        """The mail with somebody's values, for the studio and the archive."""
        fill = self.marks.fill
        return Preview(
            subject=fill(self.subject, values),
            preheader=fill(self.preheader, values),
            html=fill(self.html, values, markup=True),
            text=fill(self.text, values),
        )


def compose(source: Source, link_for: UrlFor, media_url: UrlFor = str) -> Composition:
    """Compose a mail.

    `link_for` turns an author's http(s) address into the one to put into the mail (`/l/…`); `media_url` turns a
    name in media/ into the absolute address of the picture.

    Raises:
        Refused: a block holds what cannot be sent; the field is `blocks[2].url` or the like.
    """
    typed = json.dumps(source.to_json(), ensure_ascii=False, sort_keys=True)
    marks = Marks.for_source(typed, source.brand.name, source.fields, source.language, source.moments)
    author = Author(marks, link_for, media_url)
    style = EmailStyle.of(source.brand.accent, direction(source.language))
    with using(source.language):
        page = Page(source, author, style, Seals.for_source(typed))
        return Composition(source, page.subject, page.preheader, page.html(), page.text(), marks)
