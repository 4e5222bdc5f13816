"""What mail can be tied to at an appeal: when it was published, and the day until which people can act.

Whom it concerns is said by the features above that add calls to action to it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import select

from mobilize.appeals.appeal import queries
from mobilize.appeals.appeal.models import Appeal, AppealDefender
from mobilize.appeals.appeal.rules import OPEN, AppealState
from mobilize.appeals.models import Defender
from mobilize.core.anchors import Anchor, Anchored, Moment
from mobilize.core.db import session
from mobilize.core.i18n import lazy
from mobilize.core.when import first_instant
from mobilize.organisations.queries import Brand, brand


def moments_of(row: Appeal, act_until: date | None) -> dict[str, Moment]:
    """Those of an appeal whose last day is ``act_until``; a closed one has none."""
    if row.state is AppealState.CLOSED:
        return {}
    found = {}
    if row.published_at is not None:
        found["published"] = Moment(row.published_at, row.timezone)
    if act_until is not None:
        found["act_until"] = Moment(first_instant(act_until, row.timezone), row.timezone, is_day=True)
    return found


def _find(organisation_id: int, uids: Collection[str]) -> Mapping[str, Anchored]:
    own = select(Appeal).where(Appeal.organisation_id == organisation_id, Appeal.uid.in_(uids))
    house = brand(organisation_id)
    return {row.uid: _anchored(row, house) for row in session.scalars(own)}


def _anchored(row: Appeal, house: Brand) -> Anchored:
    words = queries.published_of(row) if row.published else queries.draft_of(row)
    return Anchored(
        kind="appeal",
        uid=row.uid,
        slug=row.slug,
        title=queries.title_of(row),
        url=f"/studio/{house.slug}/appeals/{row.slug}",
        zone=row.timezone,
        moments=moments_of(row, row.act_until),
        is_off=row.state is AppealState.CLOSED,
        is_public=row.state in OPEN,
        languages=tuple(sorted(words.titles, key=lambda tag: (tag != house.default_language, tag))),
    )


def _hold(uid: str, changes: bool) -> None:
    """Who changes it holds its people, too: whoever stops mail about one of them locks them before the messages."""
    found = session.scalar(select(Appeal.id).where(Appeal.uid == uid).with_for_update(read=not changes))
    if not changes:
        return
    people = select(AppealDefender.defender_id).where(AppealDefender.appeal_id == found)
    session.execute(select(Defender.id).where(Defender.id.in_(people)).order_by(Defender.id).with_for_update(read=True))


ANCHOR = Anchor(
    kind="appeal",
    label=lazy("Appeal"),
    find=_find,
    hold=_hold,
    moments={"published": lazy("it was published"), "act_until": lazy("the last day to act")},
    groups={},
)
