"""Groups that an event's form tells apart: municipal services and associations, members and guests.

Each has an introduction on the form, a sentence in the confirmation, and a link to the form that chooses it.
Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from mobilize.core import audit, clock, text
from mobilize.core.db import session
from mobilize.core.errors import Conflict, NotFound, Refused
from mobilize.core.i18n import _
from mobilize.events.models import Event
from mobilize.events.registrations.models import Registration, RegistrationGroup

MOST_GROUPS = 20
NAME_LENGTH, TEXT_LENGTH = 120, 1000


@dataclass(frozen=True)
class GroupFacts:
    """What staff write of a group, by language."""

    names: Mapping[str, str]
    introductions: Mapping[str, str] = field(default_factory=dict)
    confirmations: Mapping[str, str] = field(default_factory=dict)


def groups_of(event_id: int) -> Sequence[RegistrationGroup]:
    """Every group of an event in its order, ended ones too."""
    wanted = select(RegistrationGroup).where(RegistrationGroup.event_id == event_id)
    return session.scalars(wanted.order_by(RegistrationGroup.position, RegistrationGroup.id)).all()


def groups_offered(event_id: int) -> list[RegistrationGroup]:
    """Those that the form offers."""
    return [one for one in groups_of(event_id) if one.ended_at is None]


def group_by_slug(event_id: int, slug: str) -> RegistrationGroup:
    """Raises NotFound: the event has no such group."""
    wanted = select(RegistrationGroup).where(RegistrationGroup.event_id == event_id, RegistrationGroup.slug == slug)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("group")
    return found


def group_of(row: Registration) -> RegistrationGroup | None:
    """The group that somebody chose."""
    return session.scalar(select(RegistrationGroup).where(RegistrationGroup.uid == row.group_uid))


def group_counts(event_id: int) -> dict[str, int]:
    """Group uid -> how many registrations name it, in whatever state."""
    counted = select(Registration.group_uid, func.count()).where(Registration.event_id == event_id)
    return dict(session.execute(counted.group_by(Registration.group_uid)).all())


def create_group(event: Event, slug: str, facts: GroupFacts) -> RegistrationGroup:
    """A group after the others.

    Raises:
        Conflict: the event has a group of this short name.
        Refused: a short name or a text that does not hold, or too many groups.
    """
    slug = text.slug("slug", slug)
    known = groups_of(event.id)
    if slug in {one.slug for one in known}:
        raise Conflict(_("There is a group with this short name already"))
    if len(known) >= MOST_GROUPS:
        raise Refused("slug", _("Use at most %(count)d", count=MOST_GROUPS))
    position = max((one.position for one in known), default=-1) + 1
    row = RegistrationGroup(event_id=event.id, slug=slug, position=position)
    _set(row, facts)
    session.add(row)
    session.flush()
    _record(event, row)
    return row


def change_group(event: Event, row: RegistrationGroup, facts: GroupFacts) -> None:
    """Other words. Raises Refused: a text that does not hold."""
    _set(row, facts)
    _record(event, row)


def offer_group(event: Event, row: RegistrationGroup, *, offered: bool) -> None:
    """Offer a group on the form, or no more; repeating changes nothing. Who chose it stays in it."""
    if offered is not (row.ended_at is None):
        row.ended_at = None if offered else clock.now()
        _record(event, row)


def _set(row: RegistrationGroup, facts: GroupFacts) -> None:
    row.names = text.required_line_each("names", facts.names, at_most=NAME_LENGTH)
    row.introductions = text.lines_each("introductions", facts.introductions, at_most=TEXT_LENGTH)
    row.confirmations = text.lines_each("confirmations", facts.confirmations, at_most=TEXT_LENGTH)


def _record(event: Event, row: RegistrationGroup) -> None:
    audit.record(
        "registration.group", organisation_id=event.organisation_id, subject=f"event:{event.uid}", slug=row.slug
    )
