"""Reading defenders, each within one organisation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from mobilize.appeals.models import CaseEvent, Defender, DefenderReview
from mobilize.appeals.rules import Reviewed, ReviewKind, matches
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.delivery.models import MessageSource

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


def details_of(row: Defender) -> Details:
    stored: dict[str, Any] = json.loads(row.details)
    stored["adoptions"] = [Adoption(**one) for one in stored["adoptions"]]
    return Details(**stored)


def defender_by_uid(organisation_id: int, uid: str) -> Defender:
    """Raises NotFound: this organisation has no such defender."""
    found = session.scalar(select(Defender).where(Defender.organisation_id == organisation_id, Defender.uid == uid))
    if found is None:
        raise NotFound("defender")
    return found


def defenders_called(organisation_id: int, typed: str) -> list[Defender]:
    """Those whom one of their names matches. Names are sealed, so every defender of the organisation is opened."""
    found = session.scalars(
        select(Defender).where(Defender.organisation_id == organisation_id).order_by(Defender.id)
    ).all()
    return [row for row in found if matches(typed, details_of(row).names)]


def newest_reviews(defender_id: int) -> dict[ReviewKind, Reviewed]:
    """The review of each kind that was entered last."""
    rows = session.scalars(
        select(DefenderReview).where(DefenderReview.defender_id == defender_id).order_by(DefenderReview.id)
    )
    return {row.kind: Reviewed(row.reviewed_on, row.passed, row.until) for row in rows}


def timeline(defender_id: int) -> Sequence[CaseEvent]:
    """The events, the earliest first; those of one date in the order they were entered, contradicting ones included."""
    return session.scalars(
        select(CaseEvent)
        .where(CaseEvent.defender_id == defender_id)
        .order_by(CaseEvent.happened_on, CaseEvent.precision.desc(), CaseEvent.id)
    ).all()


def messages_about(row: Defender) -> list[int]:
    """The messages whose content names this person, finished ones too."""
    source = SOURCE + row.uid
    return list(session.scalars(select(MessageSource.message_id).where(MessageSource.source == source).distinct()))


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
