"""Untrusted input of the pages of an event's pictures to typed values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import RadioField
from wtforms.validators import InputRequired

from mobilize.core.edit_forms import EditForm
from mobilize.core.i18n import _, lazy
from mobilize.core.text_fields import text_values, texts_beside, with_texts
from mobilize.events.models import EventPicture
from mobilize.events.pictures import PictureFacts

TEXTS = ("alternative_texts", "captions")


class PictureWordsForm(EditForm):
    """What is said of a picture; texts by language are added by ``picture_form``."""


class NewPictureForm(PictureWordsForm):
    """``picture`` is a name in ``media/``."""

    picture = RadioField(lazy("Picture"), [InputRequired(lazy("Choose a picture"))])


def picture_form(kind: type[Any], languages: Sequence[str]) -> type[Any]:
    texts = {"alternative_texts": (_("Description (alt text)"), 500), "captions": (_("Caption"), 500)}
    return with_texts(kind, languages, texts, required="alternative_texts")


def stored_picture(row: EventPicture | None, languages: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in TEXTS:
        values |= text_values(name, getattr(row, name) if row else {}, languages)
    return values


def facts(form: Any, languages: Sequence[str], row: EventPicture | None = None) -> PictureFacts:
    """What was typed; texts of ``row`` in languages that the form does not show stay."""
    texts = (texts_beside(form, name, languages, getattr(row, name, {})) for name in TEXTS)
    return PictureFacts(*texts)
