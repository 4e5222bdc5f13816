"""Newsletters of the demonstration: a draft each, with its pictures."""

from __future__ import annotations

import json
from collections.abc import Callable

from mobilize.audiences.audience import Audience
from mobilize.core.feature import Demonstrated
from mobilize.demo import content
from mobilize.demo.content import FOLDER
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.service import create_mailing
from mobilize.media.service import add_picture, store_picture
from mobilize.subscribers.queries import list_by_slug


def prepare(shown: Demonstrated) -> Callable[[int], None]:
    """The organisation's newsletter, to its list of that name; its pictures are encoded before anything is written."""
    read = {name: (FOLDER / "pictures" / name).read_bytes() for name in content.pictures(shown.slug)}
    pictures = {name: store_picture(data, shown.media_dir) for name, data in read.items()}

    def add(organisation_id: int) -> None:
        media = {name: add_picture(organisation_id, stored).name for name, stored in pictures.items()}
        text = content.newsletter(shown.slug, media, lambda path: shown.base_url + path)
        newsletter = list_by_slug(organisation_id, "newsletter")
        to_whom = Audience(organisation_id, (newsletter.id,))
        create_mailing(to_whom, parse_content_file(json.dumps(text)), demonstration=True)

    return add
