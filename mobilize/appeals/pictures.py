"""Pictures of defenders: none is kept without a word of who agreed that it is published."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from mobilize.appeals import queries
from mobilize.appeals.models import Defender, DefenderPicture
from mobilize.appeals.service import touch_and_record
from mobilize.core import clock
from mobilize.core.db import session
from mobilize.core.errors import Conflict, NotFound, Refused
from mobilize.core.i18n import _
from mobilize.core.text import required_line
from mobilize.media.models import Picture


@dataclass(frozen=True)
class Shown:
    """A picture with its file's name and size in pixels; ``alternatives`` are the alternative texts by language."""

    uid: str
    name: str
    width: int
    height: int
    consent: str
    consented_on: date
    alternatives: dict[str, str]


def pictures_of(defender_id: int) -> Sequence[Shown]:
    """In the order in which they were added."""
    wanted = select(DefenderPicture, Picture).join(Picture, Picture.id == DefenderPicture.picture_id)
    rows = session.execute(wanted.where(DefenderPicture.defender_id == defender_id).order_by(DefenderPicture.id))
    return [
        Shown(row.uid, file.name, file.width, file.height, row.consent, row.consented_on, json.loads(row.alternatives))
        for row, file in rows
    ]


def picture_of(defender_id: int, uid: str) -> DefenderPicture:
    """Raises NotFound: the defender has no such picture."""
    own = select(DefenderPicture).where(DefenderPicture.defender_id == defender_id, DefenderPicture.uid == uid)
    found = session.scalar(own)
    if found is None:
        raise NotFound("picture")
    return found


def publish_picture(
    row: Defender, picture: Picture, consented_on: date, consent: str, alternatives: Mapping[str, str]
) -> DefenderPicture:
    """Add a picture that somebody agreed to publish.

    Raises:
        Conflict: the defender has this picture already.
        Refused: no word of who agreed, or a day to come.
    """
    if consented_on > queries.today_in(row.organisation_id):
        raise Refused("consented_on", _("Choose today or an earlier day"))
    words = required_line("consent", " ".join(consent.split()), at_most=300)
    session.refresh(row, with_for_update=True)
    if any(one.name == picture.name for one in pictures_of(row.id)):
        raise Conflict(_("This picture is there already"))
    added = DefenderPicture(
        defender_id=row.id, picture_id=picture.id, consented_on=consented_on, created_at=clock.now()
    )
    added.consent = words
    added.alternatives = json.dumps(dict(alternatives), ensure_ascii=False)
    session.add(added)
    touch_and_record("defender.picture_added", row)
    return added


def remove_picture(row: Defender, picture: DefenderPicture) -> None:
    """Take a picture off, such as when its consent is withdrawn."""
    session.refresh(row, with_for_update=True)
    session.delete(picture)
    touch_and_record("defender.picture_removed", row)
