"""A button that leads to an address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from wtforms import Form, StringField
from wtforms.validators import InputRequired

from mobilize.core.feature import BlockKind
from mobilize.core.i18n import LEFT_TO_RIGHT, lazy
from mobilize.core.json_fields import Fields
from mobilize.mailings.blocks import as_typed


@dataclass(frozen=True, slots=True)
class Button:
    kind: ClassVar[str] = "button"
    text: str
    url: str


class ButtonForm(Form):
    text = StringField(lazy("Button text"), [InputRequired()])
    url = StringField(
        lazy("Link"),
        [InputRequired()],
        description=lazy("A whole address, starting with https://"),
        render_kw=LEFT_TO_RIGHT,
    )


def read(fields: Fields) -> Button:
    return Button(fields.line("text", required=True), fields.url("url", required=True))


def urls(block: Button) -> Iterator[tuple[str, str]]:
    yield "url", block.url


KIND = BlockKind("button", lazy("Button"), "press", read, ButtonForm, as_typed, urls)
