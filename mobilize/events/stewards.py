"""Stewards: colleagues who reach one event's list, messages and door, whatever their role. Nothing here commits.

An owner names them. The guard asks ``grants`` for each URL that names an event (``Feature.grants``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from mobilize.accounts.models import Membership, User
from mobilize.core import audit, clock
from mobilize.core.db import session
from mobilize.core.errors import NotFound, Refused
from mobilize.core.i18n import _
from mobilize.core.roles import Role
from mobilize.events.models import Event
from mobilize.events.registrations.models import EventSteward

MAY = frozenset({"registrations.list", "registrations.message", "registrations.door"})
"""What a steward may do with their event."""
MOST_STEWARDS = 50


@dataclass(frozen=True)
class Steward:
    """A colleague as the page of stewards shows them."""

    uid: str
    name: str
    email: str


def grants(user_id: int, organisation_id: int, parameters: Mapping[str, Any]) -> frozenset[str]:
    """What a colleague may do with the event of a URL."""
    slug = parameters.get("event_slug")
    if slug is None:
        return frozenset()
    wanted = _of(user_id).where(Event.organisation_id == organisation_id, Event.slug == slug)
    return MAY if session.scalar(wanted.with_only_columns(Event.id)) is not None else frozenset()


def events_of(organisation_id: int, user_id: int) -> Sequence[Event]:
    """The events of an organisation whose steward somebody is, the newest first."""
    wanted = _of(user_id).where(Event.organisation_id == organisation_id)
    return session.scalars(wanted.order_by(Event.starts_at.desc(), Event.id.desc())).all()


def stewards(event: Event) -> list[Steward]:
    """Who they are, in the order in which they were named."""
    wanted = select(User).join(Membership, Membership.user_id == User.id)
    wanted = wanted.join(EventSteward, EventSteward.membership_id == Membership.id)
    found = session.scalars(wanted.where(EventSteward.event_id == event.id).order_by(EventSteward.id))
    return [_shown(user) for user in found]


def candidates(event: Event) -> list[Steward]:
    """Colleagues who could become one: whose role does not open the list anyway."""
    named = select(EventSteward.membership_id).where(EventSteward.event_id == event.id)
    wanted = (
        select(User).join(Membership, Membership.user_id == User.id).where(_lesser(event), Membership.id.not_in(named))
    )
    return [_shown(user) for user in session.scalars(wanted.order_by(Membership.id))]


def name_steward(event: Event, user_uid: str) -> None:
    """Let a colleague see to one event; repeating is nothing.

    Raises:
        Refused: no such colleague, their role opens the event anyway, or it has too many stewards.
    """
    session.refresh(event, with_for_update=True)
    if any(one.uid == user_uid for one in stewards(event)):
        return
    place = session.scalar(
        select(Membership).join(User, User.id == Membership.user_id).where(_lesser(event), User.uid == user_uid)
    )
    if place is None:
        raise Refused("steward", _("Choose a colleague"))
    if len(stewards(event)) >= MOST_STEWARDS:
        raise Refused("steward", _("Use at most %(count)d", count=MOST_STEWARDS))
    session.add(EventSteward(event_id=event.id, membership_id=place.id, created_at=clock.now()))
    session.flush()
    _record("steward.named", event, user_uid)


def dismiss(event: Event, user_uid: str) -> None:
    """They see nothing of the event any more.

    Raises:
        NotFound: they are no steward of it.
    """
    theirs = select(Membership.id).join(User, User.id == Membership.user_id).where(User.uid == user_uid)
    ended = delete(EventSteward).where(EventSteward.event_id == event.id, EventSteward.membership_id.in_(theirs))
    if not session.scalars(ended.returning(EventSteward.id)).all():
        raise NotFound("steward")
    _record("steward.dismissed", event, user_uid)


def _of(user_id: int) -> Any:
    return (
        select(Event)
        .join(EventSteward, EventSteward.event_id == Event.id)
        .join(Membership, Membership.id == EventSteward.membership_id)
        .where(Membership.user_id == user_id)
    )


def _lesser(event: Event) -> Any:
    """Colleagues of the event's organisation who do not see its list by their role."""
    roles = (Role.VIEWER, Role.STEWARD)
    return (Membership.organisation_id == event.organisation_id) & Membership.role.in_(roles)


def _shown(user: User) -> Steward:
    return Steward(user.uid, user.name, user.email)


def _record(action: str, event: Event, user_uid: str) -> None:
    subject = f"event:{event.uid}"
    audit.record(action, organisation_id=event.organisation_id, subject=subject, steward=f"user:{user_uid}")
