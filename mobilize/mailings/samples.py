"""What a new mailing begins with: a content file to write over, in the organisation's languages."""

from __future__ import annotations

from collections.abc import Sequence

from mobilize.core.i18n import _, using
from mobilize.mailings.content import SenderText, Version
from mobilize.mailings.forms import content_file
from mobilize.mailings.kinds.button import Button
from mobilize.mailings.kinds.heading import Heading
from mobilize.mailings.kinds.text import Text


def sample_file(languages: Sequence[str], default: str) -> str:
    """A short mailing in each of ``languages``, the default first."""
    ordered = [default, *(tag for tag in languages if tag != default)]
    return content_file(_("A new mailing"), SenderText(), {tag: _sample(tag) for tag in ordered})


def _sample(language: str) -> Version:
    with using(language):
        return Version(
            subject="",
            preheader="",
            blocks=(
                Heading(_("What this mailing is about")),
                Text(_("Dear {{first_name|friend}},\n\nwrite the news here.")),
                Button(_("Read more"), "https://example.org/"),
            ),
        )
