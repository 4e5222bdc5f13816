"""Calls to action as what mail is tied to, and those who acted as people whom that entitles to mail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from sqlalchemy import ColumnElement, Select, func, select

from mobilize.actions.about import about
from mobilize.actions.models import Act, ActionState, CallToAction
from mobilize.actions.queries import PERSON, title_of
from mobilize.actions.rules import Standing
from mobilize.core.anchors import Anchor, Anchored, Group, Moment
from mobilize.core.db import session
from mobilize.core.i18n import lazy
from mobilize.delivery.models import BasisKind
from mobilize.organisations.queries import Brand, brand


def _find(organisation_id: int, uids: Collection[str]) -> Mapping[str, Anchored]:
    wanted = select(CallToAction).where(CallToAction.organisation_id == organisation_id, CallToAction.uid.in_(uids))
    house = brand(organisation_id)
    return {row.uid: _anchored(row, house) for row in session.scalars(wanted)}


def _anchored(row: CallToAction, house: Brand) -> Anchored:
    found = about(row.about, house) if row.about else None
    is_over = found is not None and found.standing in (Standing.ENDED, Standing.GRAVE)
    times = {"opens": row.opens_at, "closes": row.closes_at}
    default = house.default_language
    return Anchored(
        kind="action",
        uid=row.uid,
        slug=row.slug,
        title=title_of(row),
        url=f"/studio/{house.slug}/actions/{row.slug}",
        zone=house.timezone,
        moments={name: Moment(at, house.timezone) for name, at in times.items() if at is not None},
        is_off=row.state is ActionState.CLOSED or is_over,
        is_public=row.state is not ActionState.DRAFT,
        languages=tuple(sorted(row.titles, key=lambda tag: (tag != default, tag))),
    )


def _hold(uid: str, changes: bool) -> None:
    session.execute(select(CallToAction.id).where(CallToAction.uid == uid).with_for_update(read=not changes))


def _who_acted(which: Callable[[str], ColumnElement[bool]]) -> Callable[[int, str], Select[int, int]]:
    """People of the chosen calls, each once, with the first of their acts; not those who want no mail because of it."""

    def people(organisation_id: int, uid: str) -> Select[int, int]:
        return (
            select(PERSON.label("recipient_id"), func.min(Act.id).label("basis_id"))
            .join(CallToAction, CallToAction.id == Act.action_id)
            .where(CallToAction.organisation_id == organisation_id, which(uid))
            .where(Act.recipient_id.is_not(None), Act.quiet_since.is_(None))
            .group_by(Act.recipient_id)
        )

    return people


def _group(which: Callable[[str], ColumnElement[bool]]) -> Group:
    footer = lazy("You receive this email because you took action: “%(title)s”.")
    own_page = lazy("Your signature, and how to stop this email")
    return Group(lazy("Everybody who has acted"), BasisKind.ACT.value, footer, _who_acted(which), own_page)


ABOUT_APPEALS = {"acted": _group(lambda uid: CallToAction.about == f"appeal:{uid}")}
ANCHOR = Anchor(
    kind="action",
    label=lazy("Petition"),
    find=_find,
    hold=_hold,
    moments={"opens": lazy("it opens"), "closes": lazy("it closes")},
    groups={"acted": _group(lambda uid: CallToAction.uid == uid)},
)
