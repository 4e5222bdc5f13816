"""Reads: calls to action of one organisation, and the acts under them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from mobilize.actions.about import About, about
from mobilize.actions.acting import KIND
from mobilize.actions.fingerprints import fingerprint
from mobilize.actions.models import Act, ActionState, CallToAction
from mobilize.actions.rules import Door, Opening, Standing, door, has_forgotten
from mobilize.core import clock, feature
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.feature import AuditSubject, Confirmation
from mobilize.core.i18n import _, current_language, lazy, text_in
from mobilize.core.id_lists import one_of
from mobilize.core.text import masked_address
from mobilize.delivery.models import Recipient
from mobilize.delivery.recipients import contact_of
from mobilize.organisations.queries import Brand
from mobilize.visitors.models import VisitorRequest

PAGE = 50
PERSON = cast("InstrumentedAttribute[int]", Act.recipient_id)
"""Where it is compared or selected as one that is there."""
MOST_SHOWN = 500


@dataclass(frozen=True)
class Signer:
    """One act as the organisation's own list shows it; blank where its person was forgotten."""

    row: Act
    name: str
    masked: str


def actions(organisation_id: int) -> Sequence[CallToAction]:
    """Every call of an organisation, the newest first."""
    return session.scalars(_actions(organisation_id).order_by(CallToAction.id.desc()).limit(MOST_SHOWN)).all()


def action_by_slug(organisation_id: int, slug: str) -> CallToAction:
    """Raises NotFound: no call of the organisation has this slug."""
    return _one(_actions(organisation_id).where(CallToAction.slug == slug))


def action_by_uid(organisation_id: int, uid: str) -> CallToAction | None:
    """The organisation's call of this uid; None if there is none."""
    return session.scalar(_actions(organisation_id).where(CallToAction.uid == uid))


def published_action(organisation_id: int, slug: str) -> CallToAction:
    """Raises NotFound: visitors see no call of the organisation with this slug."""
    shown = CallToAction.state != ActionState.DRAFT
    return _one(_actions(organisation_id).where(CallToAction.slug == slug, shown))


def open_actions(house: Brand) -> list[CallToAction]:
    """The calls that take acts now, the newest first."""
    wanted = _actions(house.id).where(CallToAction.state == ActionState.OPEN).order_by(CallToAction.id.desc())
    return [row for row in session.scalars(wanted.limit(MOST_SHOWN)) if door_of(row, house) is Door.OPEN]


def door_of(row: CallToAction, house: Brand) -> Door:
    """Whether a call takes acts now, and why not."""
    return door_with(row, about(row.about, house) if row.about else None)


def is_approved(row: CallToAction, found: About | None) -> bool:
    """Whether a second person approved the call as it is, where what it is about wants that."""
    return found is None or found.approved is None or found.approved.get(row.ref) == fingerprint(row)


def door_with(row: CallToAction, found: About | None) -> Door:
    """``door_of`` a call where what it is about is read already."""
    standing = found.standing if found else Standing.GOES_ON
    if standing is Standing.GOES_ON and not is_approved(row, found):
        standing = Standing.CHECKED
    return door(Opening(row.state, row.opens_at, row.closes_at, standing), clock.now())


def versions_held(uids: Collection[str]) -> dict[str, int]:
    """The versions of those calls that are there; nobody changes one before the unit ends."""
    wanted = select(CallToAction.uid, CallToAction.version).where(CallToAction.uid.in_(uids)).order_by(CallToAction.id)
    return {row.uid: row.version for row in session.execute(wanted.with_for_update(read=True))}


def count_acts(action_id: int) -> int:
    """How many acts count under a call, those of forgotten people too."""
    return session.scalar(select(func.count()).where(Act.action_id == action_id)) or 0


def count_waiting(action_id: int) -> int:
    """How many acts wait for the confirmation of their mailbox's owner."""
    waits = (
        VisitorRequest.kind == KIND,
        VisitorRequest.subject_id == action_id,
        VisitorRequest.confirmed_at.is_(None),
        VisitorRequest.ends_at > clock.now(),
    )
    return session.scalar(select(func.count(VisitorRequest.recipient_id.distinct())).where(*waits)) or 0


def counts(action_ids: Collection[int]) -> Mapping[int, int]:
    """How many acts count under each of these calls."""
    counted = select(Act.action_id, func.count()).where(Act.action_id.in_(action_ids)).group_by(Act.action_id)
    return {row[0]: row[1] for row in session.execute(counted)}


def taken_seats(action_id: int, signer_key: bytes) -> dict[int, bytes]:
    """The keys of the names that acted from one address, by seat."""
    wanted = select(Act.seat, Act.name_key).where(Act.action_id == action_id, Act.signer_key == signer_key)
    return {row.seat: row.name_key for row in session.execute(wanted)}


def acts_of(recipient_ids: Sequence[int]) -> Sequence[tuple[Act, CallToAction]]:
    """What people did, the newest first."""
    wanted = select(Act, CallToAction).join(CallToAction, CallToAction.id == Act.action_id)
    found = session.execute(wanted.where(one_of(PERSON, recipient_ids)).order_by(Act.id.desc()))
    return [(act, row) for act, row in found]


def signers(action_id: int, after: int, at_most: int) -> list[Signer]:
    """The acts under a call, the newest first, those older than the act ``after`` (an id, 0 for all)."""
    wanted = select(Act, Recipient).outerjoin(Recipient, Recipient.id == Act.recipient_id)
    older = [Act.id < after] if after else []
    found = session.execute(
        wanted.where(Act.action_id == action_id, *older).order_by(Act.id.desc()).limit(at_most)
    ).all()
    return [Signer(act, act.name, masked_address(contact_of(who).email) if who else "") for act, who in found]


def act_by_uid(action_id: int, uid: str) -> Act | None:
    """The act of this uid under a call; None if there is none."""
    return session.scalar(select(Act).where(Act.action_id == action_id, Act.uid == uid))


def actions_meant(organisation_id: int, ref: str) -> Sequence[CallToAction]:
    """The call that ``ref`` names, or all that are about what it names, the oldest first."""
    return session.scalars(_actions(organisation_id).where(_meant(ref)).order_by(CallToAction.id)).all()


def doers(organisation_id: int, ref: str, person: ColumnElement[int] | None = None) -> Select[int]:
    """The ids of everybody who acted: under the call that ``ref`` names, or under any that is about it.

    ``person``, a column of another select, asks it of that person alone.
    """
    this = [] if person is None else [Act.recipient_id == person]
    return (
        select(PERSON)
        .join(CallToAction, CallToAction.id == Act.action_id)
        .where(CallToAction.organisation_id == organisation_id, _meant(ref), Act.recipient_id.is_not(None), *this)
    )


def has_forgotten_doers(organisation_id: int, ref: str) -> bool:
    """Whether the people of a call that ``ref`` means went with their retention, or are due to."""
    now = clock.now()
    return any(
        has_forgotten(row.closed_at or row.closes_at, row.keep_days, now) for row in actions_meant(organisation_id, ref)
    )


def title_of_act(organisation_id: int, ref: str) -> str:
    """What people did who acted: the call's title, or that of what calls are about."""
    thing = feature.anchored(organisation_id, ref)
    return thing.title if thing is not None else "?"


def acts_to_choose(house: Brand, *, also_closed: bool = False) -> list[tuple[str, str]]:
    """What may end a mailing, as (ref, words): each call, and everything that calls are about; the newest first."""
    found = [row for row in actions(house.id) if also_closed or row.state is not ActionState.CLOSED]
    cases = [(ref, about(ref, house)) for ref in dict.fromkeys(row.about for row in found if row.about)]
    named = [(ref, _("Anything for “%(case)s”", case=case.title)) for ref, case in cases if case is not None]
    return [*((row.ref, title_of(row)) for row in found), *named]


def _meant(ref: str) -> ColumnElement[bool]:
    kind, _colon, uid = ref.partition(":")
    return CallToAction.uid == uid if kind == "action" else CallToAction.about == ref


def title_of(row: CallToAction) -> str:
    """A call's title in the reader's language, else in one that it has."""
    return text_in(row.titles, current_language(), next(iter(row.titles)))


def _actions(organisation_id: int) -> Select[CallToAction]:
    return select(CallToAction).where(CallToAction.organisation_id == organisation_id)


def _one(wanted: Select[CallToAction]) -> CallToAction:
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("action")
    return found


def _audit_subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """Calls as the activity log names and links them."""
    found = session.scalars(_actions(organisation_id).where(CallToAction.uid.in_(uids)))
    return {row.uid: AuditSubject(title_of(row), "actions.edit", {"action_slug": row.slug}) for row in found}


def _names(action_ids: Collection[int]) -> Mapping[int, str]:
    """What calls are called, by id."""
    wanted = select(CallToAction).where(CallToAction.id.in_(action_ids))
    return {row.id: title_of(row) for row in session.scalars(wanted)}


AUDIT_SUBJECTS = {"action": _audit_subjects}
CONFIRMATION = Confirmation(lazy("An act"), _names)
