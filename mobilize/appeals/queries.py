"""Reading defenders, each within one organisation."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from mobilize.appeals import rules
from mobilize.appeals.models import CaseEvent, Defender, DefenderReview, GateLimits
from mobilize.appeals.rules import Closed, Limits, Publish, Reviewed, ReviewKind, matches
from mobilize.core import clock
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.delivery.models import HoldCause, Message, MessageHold, MessageSource
from mobilize.delivery.rules import LIVE
from mobilize.organisations.queries import brand

SOURCE = "defender:"


@dataclass(frozen=True)
class Adoption:
    """An organisation that adopted the person, and since when: a year, a month or a day as it is typed."""

    organisation: str
    since: str


@dataclass(frozen=True)
class Details:
    """Who somebody is; ``aliases`` by language, ``about`` and ``pronouns`` by language, ``country`` in two letters."""

    name: str
    pronouns: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, list[str]] = field(default_factory=dict)
    country: str = ""
    rights: list[str] = field(default_factory=list)
    adoptions: list[Adoption] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Every spelling that finds the person."""
        return [self.name, *(one for spellings in self.aliases.values() for one in spellings)]


@dataclass(frozen=True)
class Gate:
    """Whether mail about somebody may be sent: ``closed`` says why not, ``until`` is the last day on which it may."""

    closed: Mapping[ReviewKind | None, Closed]
    until: date | None
    scope: frozenset[Publish]
    """What the newest consent that was given allows to publish."""

    @property
    def is_open(self) -> bool:
        return not self.closed

    def shows(self, part: Publish) -> bool:
        """Whether a page or a mail may show this now."""
        return self.is_open and {Publish.NAME, part} <= self.scope


def details_of(row: Defender) -> Details:
    stored: dict[str, Any] = json.loads(row.details)
    stored["adoptions"] = [Adoption(**one) for one in stored["adoptions"]]
    return Details(**stored)


def defenders(organisation_id: int) -> Sequence[Defender]:
    """All of them, in the order in which they were entered: names are sealed, and nothing sorts by them."""
    return session.scalars(_own(organisation_id).order_by(Defender.id)).all()


def defender_by_uid(organisation_id: int, uid: str) -> Defender:
    """Raises NotFound: this organisation has no such defender."""
    return _one(_own(organisation_id).where(Defender.uid == uid))


def defender_by_slug(organisation_id: int, slug: str) -> Defender:
    """Raises NotFound: no defender of this organisation has a public page of this name."""
    return _one(_own(organisation_id).where(Defender.slug == slug))


def defenders_by_uid(organisation_id: int, uids: Collection[str]) -> Sequence[Defender]:
    """Those of them that this organisation has."""
    return session.scalars(_own(organisation_id).where(Defender.uid.in_(uids)).order_by(Defender.id)).all()


def defenders_called(organisation_id: int, typed: str) -> list[Defender]:
    """Those whom one of their names matches. Names are sealed, so every defender of the organisation is opened."""
    return [row for row in defenders(organisation_id) if matches(typed, details_of(row).names)]


def limits_of(organisation_id: int) -> Limits:
    """What the organisation set, or the usual limits."""
    row = session.scalar(
        select(GateLimits)
        .where(GateLimits.organisation_id == organisation_id)
        .execution_options(populate_existing=True)
    )
    return Limits(row.consent, row.verification, row.risk) if row is not None else Limits()


def today_in(organisation_id: int) -> date:
    """The day that it is where the organisation is: reviews are dated, and lapse, by it."""
    return clock.now().astimezone(ZoneInfo(brand(organisation_id).timezone)).date()


def newest_reviews(defender_id: int) -> dict[ReviewKind, Reviewed]:
    """The review of each kind that was entered last."""
    return {row.kind: reviewed(row) for row in reversed(reviews(defender_id))}


def reviews(defender_id: int) -> Sequence[DefenderReview]:
    """All reviews, the newest first."""
    return session.scalars(
        select(DefenderReview).where(DefenderReview.defender_id == defender_id).order_by(DefenderReview.id.desc())
    ).all()


def reviewed(row: DefenderReview) -> Reviewed:
    return Reviewed(row.reviewed_on, row.passed, row.until, frozenset(Publish(one) for one in row.scope))


def gate_of(row: Defender) -> Gate:
    """The gate as it stands now; read the row anew before, where others may change it."""
    newest, limits = newest_reviews(row.id), limits_of(row.organisation_id)
    closed = rules.gate(newest, limits, held=row.held_at is not None, today=today_in(row.organisation_id))
    return Gate(closed, rules.open_until(newest, limits), _scope(row.id))


def _scope(defender_id: int) -> frozenset[Publish]:
    """Of the newest consent that was given. While it is withdrawn the gate is closed, and nothing is shown."""
    given = DefenderReview.passed & (DefenderReview.kind == ReviewKind.CONSENT)
    wanted = select(DefenderReview.scope).where(DefenderReview.defender_id == defender_id, given)
    return frozenset(Publish(one) for one in session.scalar(wanted.order_by(DefenderReview.id.desc()).limit(1)) or ())


def versions_held(uids: Collection[str]) -> dict[str, int]:
    """The versions of those defenders that are there; nobody changes one, or a review, before the unit ends."""
    wanted = select(Defender.uid, Defender.version).where(Defender.uid.in_(uids)).order_by(Defender.id)
    return {row.uid: row.version for row in session.execute(wanted.with_for_update(read=True))}


def closed_held(uids: Collection[str]) -> set[str]:
    """Those of whom mail has to wait now, or who are gone; nobody opens or closes a gate before the unit ends."""
    wanted = select(Defender).where(Defender.uid.in_(uids)).order_by(Defender.id).with_for_update(read=True)
    found = session.scalars(wanted.execution_options(populate_existing=True)).all()
    return set(uids) - {row.uid for row in found if gate_of(row).is_open}


def timeline(defender_id: int) -> Sequence[CaseEvent]:
    """The events, the earliest first; those of one date in the order they were entered, contradicting ones included."""
    return session.scalars(
        select(CaseEvent)
        .where(CaseEvent.defender_id == defender_id)
        .order_by(CaseEvent.happened_on, CaseEvent.precision.desc(), CaseEvent.id)
    ).all()


def event_of(defender_id: int, uid: str) -> CaseEvent:
    """Raises NotFound: the defender's timeline has no such event."""
    found = session.scalar(select(CaseEvent).where(CaseEvent.defender_id == defender_id, CaseEvent.uid == uid))
    if found is None:
        raise NotFound("event")
    return found


def messages_about(row: Defender) -> list[int]:
    """The messages whose content names this person and that have not ended."""
    named = MessageSource.source == SOURCE + row.uid
    wanted = select(Message.id).join(MessageSource, MessageSource.message_id == Message.id).where(named)
    return list(session.scalars(wanted.where(Message.state.in_(LIVE)).order_by(Message.id)))


def others_named_in(message_id: int, row: Defender) -> Sequence[Defender]:
    """The further defenders whom a message names, read anew."""
    sources = session.scalars(
        select(MessageSource.source).where(
            MessageSource.message_id == message_id, MessageSource.source.startswith(SOURCE, autoescape=True)
        )
    )
    uids = [source.removeprefix(SOURCE) for source in sources]
    others = select(Defender).where(Defender.uid.in_(uids), Defender.id != row.id)
    return session.scalars(others.execution_options(populate_existing=True)).all()


def defenders_in_live_messages() -> dict[int, list[Defender]]:
    """Whom each message that has not ended names, by its id."""
    rows = session.execute(
        select(Message.id, MessageSource.source)
        .join(MessageSource, MessageSource.message_id == Message.id)
        .where(Message.state.in_(LIVE), MessageSource.source.startswith(SOURCE, autoescape=True))
    ).all()
    uids = {source.removeprefix(SOURCE) for _id, source in rows}
    known = {row.uid: row for row in session.scalars(select(Defender).where(Defender.uid.in_(uids)))}
    found: dict[int, list[Defender]] = {}
    for message_id, source in rows:
        if source.removeprefix(SOURCE) in known:
            found.setdefault(message_id, []).append(known[source.removeprefix(SOURCE)])
    return found


def held_by_gate(message_ids: Collection[int]) -> set[int]:
    """Those of the messages that the gate holds."""
    held = MessageHold.cause == HoldCause.GATE
    return set(session.scalars(select(MessageHold.message_id).where(held, MessageHold.message_id.in_(message_ids))))


def _own(organisation_id: int) -> Select[Defender]:
    return select(Defender).where(Defender.organisation_id == organisation_id)


def _one(wanted: Select[Defender]) -> Defender:
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("defender")
    return found
