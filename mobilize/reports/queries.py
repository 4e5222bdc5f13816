"""Aggregates of mailings that have left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from mobilize.core.db import session
from mobilize.core.small_groups import may_show, shown
from mobilize.delivery import queries as ledger
from mobilize.delivery.bounces.queries import NOTHING_RETURNED, Returned, returned_of
from mobilize.delivery.models import Delivery, DeliveryState, Link, Message, Recipient
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.progress import Progress, progress_of
from mobilize.subscribers.models import Consent, ConsentAction

LEAVING_COUNTS_FOR = timedelta(days=7)
BY_THEMSELVES = ("unsubscribe-page", "one-click", "leave-mail", "preferences")
SHOWN = 25


@dataclass(frozen=True, slots=True)
class Reason:
    """Why copies failed or were held back; ``status`` is the enhanced code of the answer (RFC 3463), or ``""``."""

    reason: str
    status: str
    people: int


@dataclass(frozen=True, slots=True)
class MailingReport:
    """One mailing. ``left`` are people who got it and left one of its lists within a week, by themselves.

    What readers did is none where too few got it: ``left``, and how often each of the ``links`` was opened.
    ``returned`` are copies among the accepted ones that came back later, and complaints about them.
    """

    progress: Progress
    failures: Sequence[Reason]
    stopped: Sequence[Reason]
    left: int | None
    links: Sequence[tuple[str, int | None]]
    returned: Returned = NOTHING_RETURNED

    @property
    def counts_readers(self) -> bool:
        return may_show(self.progress.accepted)

    @property
    def all_clicks(self) -> int | None:
        return sum(count or 0 for _url, count in self.links) if self.counts_readers else None


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A mailing among others; counts of people and of clicks, these none where too few got it."""

    uid: str
    name: str
    launched_at: datetime
    zone: str
    audience: int
    accepted: int
    failed: int
    clicks: int | None


def mailing_report(row: Mailing) -> MailingReport:
    """The report of one mailing; empty until it has left."""
    if row.message_id is None:
        return MailingReport(progress_of(row), (), (), 0, ())
    progress = progress_of(row)
    readers = progress.accepted
    return MailingReport(
        progress=progress,
        failures=[Reason(*found) for found in ledger.failure_reasons(row.message_id)],
        stopped=[Reason(reason, "", people) for _state, reason, people in ledger.stopped_reasons(row.message_id)],
        left=_left(row, readers),
        links=[(url, shown(count, readers)) for url, count in _links(row.message_id, readers)],
        returned=returned_of(row.message_id),
    )


def latest_lines(organisation_id: int) -> list[ReportLine]:
    """The mailings that left last, newest first."""
    accepted = func.sum(case((Delivery.state == DeliveryState.ACCEPTED, 1), else_=0))
    failed = func.sum(case((Delivery.state == DeliveryState.FAILED, 1), else_=0))
    clicks = select(func.coalesce(func.sum(Link.clicks), 0)).where(Link.message_id == Mailing.message_id)
    latest = (
        select(Mailing.id)
        .where(Mailing.organisation_id == organisation_id, Mailing.state == MailingState.LAUNCHED)
        .order_by(Mailing.launched_at.desc(), Mailing.id.desc())
        .limit(SHOWN)
    )
    rows = session.execute(
        select(
            Mailing.uid,
            Mailing.name,
            Mailing.launched_at,
            Mailing.send_zone,
            Mailing.audience,
            func.coalesce(accepted, 0),
            func.coalesce(failed, 0),
            clicks.correlate(Mailing).scalar_subquery(),
            Message.final,
        )
        .outerjoin(Message, Message.id == Mailing.message_id)
        .outerjoin(Delivery, Delivery.message_id == Mailing.message_id)
        .where(Mailing.id.in_(latest.scalar_subquery()))
        .group_by(Mailing.id, Message.id)
        .order_by(Mailing.launched_at.desc(), Mailing.id.desc())
    )
    lines = (_line(*row) for row in rows)
    return [replace(line, clicks=shown(line.clicks or 0, line.accepted)) for line in lines]


def _line(*columns: Any) -> ReportLine:
    """The last column is what was stored of the ledger, once its rows are to go."""
    *known, final = columns
    line = ReportLine(*known)
    if final is None:
        return line
    return replace(line, accepted=final["groups"]["accepted"], failed=final["groups"]["failed"])


def _links(message_id: int, readers: int) -> list[tuple[str, int]]:
    """The most opened first, or by their addresses where the order would tell what few readers did."""
    found = ledger.clicks(message_id)
    return found if may_show(readers) else sorted(found)


def leavings(row: Mailing, *who: ColumnElement[bool]) -> int:
    """How many who got a mailing left one of its lists within a week, by themselves; nobody who was erased since."""
    if row.launched_at is None:
        return 0
    got_it = (
        select(Delivery.recipient_id)
        .join(Recipient, Recipient.id == Delivery.recipient_id)
        .where(Delivery.message_id == row.message_id, Delivery.state == DeliveryState.ACCEPTED)
        .where(Recipient.erased_at.is_(None))
    )
    counted = select(func.count(Consent.recipient_id.distinct())).where(
        Consent.recipient_id.in_(got_it), Consent.list_id.in_(row.to_whom.lists), *who, *left_within(row.launched_at)
    )
    return session.scalar(counted) or 0


def left_within(launched_at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Consents that were withdrawn within the week that counts."""
    return (
        Consent.action == ConsentAction.WITHDRAWN,
        Consent.method.in_(BY_THEMSELVES),
        Consent.at >= launched_at,
        Consent.at < launched_at + LEAVING_COUNTS_FOR,
    )


def _left(row: Mailing, readers: int) -> int | None:
    """Leavings, or none where too few got it; once the ledger's rows went, what was stored before."""
    final = ledger.final_of(row.message_id) if row.message_id else None
    if final is not None:
        stored: int | None = final.get("left")
        return stored
    return shown(leavings(row) + row.erased_leavings, readers)
