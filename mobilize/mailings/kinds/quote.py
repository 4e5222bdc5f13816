"""Somebody's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wtforms import Form, StringField, TextAreaField
from wtforms.validators import InputRequired

from mobilize.core.feature import BlockKind
from mobilize.core.i18n import lazy
from mobilize.core.json_fields import Fields
from mobilize.mailings.blocks import as_typed

MAX_QUOTE = 2_000


@dataclass(frozen=True, slots=True)
class Quote:
    kind: ClassVar[str] = "quote"
    text: str
    by: str = ""


class QuoteForm(Form):
    text = TextAreaField(lazy("Quote"), [InputRequired()], render_kw={"rows": 4})
    by = StringField(lazy("Who said it"))


def read(fields: Fields) -> Quote:
    return Quote(fields.text("text", at_most=MAX_QUOTE, required=True), fields.line("by"))


KIND = BlockKind("quote", lazy("Quote"), "quote", read, QuoteForm, as_typed)
