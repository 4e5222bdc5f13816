"""A picture of a defender that somebody agreed to publish, as it is uploaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length

from mobilize.core.i18n import _, lazy
from mobilize.core.text_fields import REQUIRED, with_texts
from mobilize.media.forms import PictureForm


class PublishedPictureForm(PictureForm):
    consent = StringField(
        lazy("Who agreed that it is published"),
        [REQUIRED, Length(max=300)],
        description=lazy("The person or the family, and how you know. It is kept encrypted."),
        render_kw={"dir": "auto"},
    )
    consented_on = DateField(lazy("Date of the consent"), [InputRequired(lazy("Choose a day"))])

    @classmethod
    def in_languages(cls, languages: Sequence[str]) -> type[Any]:
        """With a field for the description in each language, of which the first has to be filled in."""
        return with_texts(cls, languages, {"alternatives": (_("Description (alt text)"), 200)}, required="alternatives")
