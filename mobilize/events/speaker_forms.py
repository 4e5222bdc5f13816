"""Untrusted input of the pages of speakers to typed values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import RadioField, SelectChoice

from mobilize.core.edit_forms import EditForm
from mobilize.core.i18n import _, lazy
from mobilize.core.text_fields import text_values, texts_beside, with_texts
from mobilize.events.models import Speaker, SpeakerPart
from mobilize.events.showing import PARTS
from mobilize.events.speakers import SpeakerFacts

TEXTS = ("names", "functions", "organisations")


class SpeakerForm(EditForm):
    """Somebody at a point of a programme; texts by language are added by ``speaker_form``."""

    part = RadioField(lazy("Takes part as"), choices=[SelectChoice(one.value, label) for one, label in PARTS.items()])


def speaker_form(languages: Sequence[str]) -> type[SpeakerForm]:
    texts = {
        "names": (_("Name of the person"), 200),
        "functions": (_("Role or function"), 200),
        "organisations": (_("Organisation"), 200),
    }
    return with_texts(SpeakerForm, languages, texts, required="")


def stored_speaker(row: Speaker | None, languages: Sequence[str]) -> dict[str, Any]:
    """A speaker as the values of the form's fields; those of a new one where there is none yet."""
    values: dict[str, Any] = {"part": row.part.value if row else SpeakerPart.SPEAKER.value}
    for name in TEXTS:
        values |= text_values(name, getattr(row, name) if row else {}, languages)
    return values


def facts(form: SpeakerForm, languages: Sequence[str], row: Speaker | None = None) -> SpeakerFacts:
    """What was typed; texts of ``row`` in languages that the form does not show stay."""
    texts = {name: texts_beside(form, name, languages, getattr(row, name, {})) for name in TEXTS}
    return SpeakerFacts(**texts, part=SpeakerPart(form.part.data))
