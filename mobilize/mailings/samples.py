"""What a new mailing begins with: a content file to write over, in the organisation's languages."""

from __future__ import annotations

from collections.abc import Sequence

from mobilize.core.i18n import _
from mobilize.mailings.content import SenderText
from mobilize.mailings.forms import content_file
from mobilize.mailings.sample_version import sample_version


def sample_file(languages: Sequence[str], default: str) -> str:
    """A short mailing in each of ``languages``, the default first."""
    ordered = [default, *(tag for tag in languages if tag != default)]
    return content_file(_("A new mailing"), SenderText(), {tag: sample_version(tag) for tag in ordered})
