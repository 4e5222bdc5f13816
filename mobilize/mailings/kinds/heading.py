"""A heading, large or small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wtforms import Form, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from mobilize.core.feature import BlockKind
from mobilize.core.i18n import lazy
from mobilize.core.json_fields import Fields
from mobilize.mailings.blocks import as_typed


@dataclass(frozen=True, slots=True)
class Heading:
    kind: ClassVar[str] = "heading"
    text: str
    level: int = 2


class HeadingForm(Form):
    text = StringField(lazy("Heading"), [InputRequired()])
    level = SelectField(
        lazy("Size"), coerce=int, choices=[SelectChoice(2, lazy("Large")), SelectChoice(3, lazy("Small"))]
    )


def read(fields: Fields) -> Heading:
    return Heading(fields.line("text", required=True), fields.whole_number("level", (2, 3)))


KIND = BlockKind("heading", lazy("Heading"), "heading", read, HeadingForm, as_typed)
