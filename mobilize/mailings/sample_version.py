"""The version that a new mailing begins with in one language, and what of it an author has to write over."""

from __future__ import annotations

from functools import cache

from mobilize.core.i18n import LANGUAGES, _, using
from mobilize.mailings.blocks import texts_of
from mobilize.mailings.content import Version
from mobilize.mailings.kinds.button import Button
from mobilize.mailings.kinds.heading import Heading
from mobilize.mailings.kinds.text import Text

SAMPLE_LINK = "https://example.org/"


def sample_version(language: str) -> Version:
    with using(language):
        return Version(
            subject="",
            preheader="",
            blocks=(
                Heading(_("What this mailing is about")),
                Text(_("Dear {{first_name|friend}},\n\nwrite the news here.")),
                Button(_("Read more"), SAMPLE_LINK),
            ),
        )


@cache
def sample_texts() -> frozenset[str]:
    """What an author has to write over, in every language: the heading, and the last paragraph of the text."""
    found = set[str]()
    for language in LANGUAGES:
        heading, text, _button = sample_version(language).blocks
        found |= {texts.rpartition("\n\n")[2] for block in (heading, text) for _field, texts in texts_of(block)}
    return frozenset(found)
