"""A picture of the organisation's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from wtforms import Form, RadioField, StringField
from wtforms.validators import InputRequired

from mobilize.core.feature import BlockKind
from mobilize.core.i18n import LEFT_TO_RIGHT, lazy
from mobilize.core.json_fields import Fields
from mobilize.mailings.blocks import as_typed


@dataclass(frozen=True, slots=True)
class Image:
    """``media`` is a name in ``media/``; ``alt`` is what a reader who cannot see the picture gets."""

    kind: ClassVar[str] = "image"
    media: str
    alt: str
    caption: str = ""
    url: str = ""


class ImageForm(Form):
    media = RadioField(lazy("Picture"), [InputRequired()], validate_choice=False)
    alt = StringField(
        lazy("Description (alt text)"),
        [InputRequired()],
        description=lazy("What the picture shows, for readers who cannot see it."),
    )
    caption = StringField(lazy("Caption"))
    url = StringField(
        lazy("Link of the picture"),
        description=lazy("A whole address, starting with https://"),
        render_kw=LEFT_TO_RIGHT,
    )


def read(fields: Fields) -> Image:
    return Image(
        media=fields.line("media", required=True),
        alt=fields.line("alt", at_most=500, required=True),
        caption=fields.line("caption", at_most=500),
        url=fields.url("url"),
    )


def urls(block: Image) -> Iterator[tuple[str, str]]:
    if block.url:
        yield "url", block.url


def pictures(block: Image) -> Iterator[tuple[str, str]]:
    yield "media", block.media


KIND = BlockKind("image", lazy("Picture"), "image", read, ImageForm, as_typed, urls, pictures)
