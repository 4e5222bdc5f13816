"""A mailing as one of its readers would get it; after launch, exactly what was frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import select

from mobilize.core import clock, db, links
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.i18n import _, text_in, using
from mobilize.delivery.composing.blocks import own_links
from mobilize.delivery.composing.composition import Preview, compose
from mobilize.delivery.composing.moments import words_for
from mobilize.delivery.composing.slots import answer_slot
from mobilize.delivery.composing.sources import PERSONAL_LINKS, Source
from mobilize.delivery.models import Content
from mobilize.delivery.variants import Variant
from mobilize.mailings.models import Mailing
from mobilize.mailings.sources import sender_name, sources_of
from mobilize.organisations.queries import default_sender
from mobilize.questions.queries import every_question
from mobilize.questions.rules import own_fields

# What a mail program may do with a mail, and less: no script, no frame, no form, nothing from elsewhere.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "img-src 'self'",
        "style-src 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox",
    )
)


def preview_of(
    row: Mailing,
    language: str,
    media_url: Callable[[str], str],
    *,
    named: bool = True,
    lead_to: str = "",
    at: datetime | None = None,
) -> Preview:
    """The mail in one language, for somebody whose name is known or is not; its links lead where they were typed.

    Links of a reader's own lead to ``lead_to``, an address, else nowhere. It is read ``at`` a moment, or now.

    It is composed while nothing is locked: call it while the unit has only read, or was refused.

    Raises:
        NotFound: the mailing has no such language.
        Refused: a block that cannot be sent, with its place.
    """
    source = source_in(row, language)
    labels = {one.slug: one.labels for one in every_question(own_fields(row.organisation_id))} if source.fields else {}
    db.release()
    composition = compose(source, str, media_url)
    reader = _reader(source, labels, lead_to or links.absolute("/#"), named=named)
    return composition.preview({**reader, **words_for(composition.moments, at or clock.now())})


def in_theme(html: str, theme: str) -> str:
    """The mail as on a dark or a light screen, whatever the screen of who is looking."""
    return html.replace("(prefers-color-scheme: dark)", "all" if theme == "dark" else "not all")


def source_in(row: Mailing, language: str) -> Source:
    """What one language is sent as: before launch as it is written now, then what was frozen.

    Raises:
        NotFound: the mailing has no such language.
        Refused: a block that shows what is not there any more, with its place.
    """
    if language not in row.content:
        raise NotFound("language")
    variant = Variant(language)
    if variant in row.frozen:
        frozen = session.scalar(select(Content.source).where(Content.id == row.frozen[variant]))
        if frozen is not None:  # it goes after the last row of the ledger: the mailing's own text stays
            return Source.from_json(frozen)
    return sources_of(row)[variant]


def sender_of(row: Mailing, language: str) -> str:
    """Who the mail of one language says it is from: as it was frozen, else as it would be now."""
    if Variant(language) in row.frozen:
        return source_in(row, language).sender.name
    return sender_name(row, default_sender(row.organisation_id), language)


def sample_names(language: str) -> dict[str, str]:
    """First and last name of a reader who does not exist, as people of a language are called."""
    with using(language):
        return {"first_name": _("Amina"), "last_name": _("Benali")}


def _reader(source: Source, labels: Mapping[str, Mapping[str, str]], lead_to: str, *, named: bool) -> Mapping[str, str]:
    """A reader of a preview: their links lead to one address, and for an answer stands what was asked."""
    nowhere = dict.fromkeys((*PERSONAL_LINKS, *own_links(source.blocks)), lead_to)
    if not named:
        return nowhere
    asked = {name: text_in(dict(labels.get(name, {})), source.language, "") for name in source.fields}
    answers = {answer_slot(source.language, name): f"[{words or name}]" for name, words in asked.items()}
    return {**nowhere, **sample_names(source.language), **answers}
