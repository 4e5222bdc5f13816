"""A text in Markdown: CommonMark without raw HTML and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wtforms import Form, TextAreaField
from wtforms.validators import InputRequired

from mobilize.core.feature import BlockKind
from mobilize.core.i18n import lazy
from mobilize.core.json_fields import Fields
from mobilize.mailings.blocks import as_typed

MAX_MARKDOWN = 20_000


@dataclass(frozen=True, slots=True)
class Text:
    kind: ClassVar[str] = "text"
    markdown: str


class TextForm(Form):
    markdown = TextAreaField(
        lazy("Text"),
        [InputRequired()],
        description=lazy(
            "An empty line begins a paragraph. **Two stars** make bold, [words](https://…) a link. "
            "{{first_name|friend}} becomes the reader's first name, or “friend”."
        ),
        render_kw={"rows": 7},
    )


def read(fields: Fields) -> Text:
    return Text(fields.text("markdown", at_most=MAX_MARKDOWN, required=True))


KIND = BlockKind("text", lazy("Text"), "text", read, TextForm, as_typed)
