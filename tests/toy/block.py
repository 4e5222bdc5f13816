"""A block that shows a fair: its date is read when the mailing is launched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import select
from wtforms import Form, SelectField
from wtforms.validators import InputRequired

from mobilize.core import links
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.feature import BlockKind, Freezing, Frozen
from mobilize.core.i18n import _, lazy, show_datetime, using
from mobilize.core.json_fields import Fields
from mobilize.organisations.queries import brand
from tests.toy.models import Fair
from tests.toy.queries import fairs


@dataclass(frozen=True, slots=True)
class FairBlock:
    """``fair`` is the uid of a fair."""

    kind: ClassVar[str] = "fair"
    fair: str


class FairBlockForm(Form):
    fair = SelectField(lazy("Fair"), [InputRequired()])


def read(fields: Fields) -> FairBlock:
    return FairBlock(fields.line("fair", required=True))


def offer(form: FairBlockForm, organisation_id: int) -> None:
    form.fair.choices = [(row.uid, row.title) for row in fairs(organisation_id)]


def freeze(block: FairBlock, around: Freezing) -> Frozen:
    """Raises Refused: the organisation has no such fair."""
    own = select(Fair).where(Fair.organisation_id == around.organisation_id, Fair.uid == block.fair)
    fair = session.scalar(own)
    if fair is None:
        raise Refused("fair", _("This fair is gone"))
    house = brand(around.organisation_id)
    with using(around.language):
        when = show_datetime(fair.begins_at, house.timezone)
    url = links.organisation_url(house.slug, f"/fairs/{fair.slug}")
    return Frozen({"title": fair.title, "when": when, "url": url}, {f"fair:{fair.uid}": fair.version})


def urls(_block: FairBlock) -> Iterator[tuple[str, str]]:
    """Nobody typed its address."""
    yield from ()


KIND = BlockKind("fair", lazy("Fair"), "calendar", read, FairBlockForm, freeze, urls, offer=offer)
