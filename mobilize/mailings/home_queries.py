"""What the home page shows of mailings: what is sent next, what is being sent, what was sent, what needs someone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Select, func, select

from mobilize.core.db import session
from mobilize.core.text import holds_words
from mobilize.delivery.ledger import rests
from mobilize.delivery.models import Delivery, DeliveryState, Message, MessageState
from mobilize.delivery.queries import Held, holds_of, shown_state
from mobilize.delivery.rules import MOST_FAILED
from mobilize.mailings.models import Mailing, MailingState

SHOWN = 5
FOUND_AT_MOST = 20
RECENT = timedelta(days=30)
_UNDER_WAY = (MessageState.PREPARING, MessageState.SENDING, MessageState.PAUSED, MessageState.HALTED)
_GROUPS = {DeliveryState.CLAIMED: DeliveryState.PENDING}


@dataclass(frozen=True)
class Next:
    """A mailing with a time; ``people`` is how many its audience is now, ``to_whom`` says in words who."""

    uid: str
    name: str
    at: datetime
    zone: str
    people: int
    to_whom: str


@dataclass(frozen=True)
class Leaving:
    """A launched mailing that has not ended; ``audience`` is ``None`` while it is being prepared.

    ``problem`` says why preparing it stopped on the way; blank while nothing stops it.
    """

    uid: str
    name: str
    state: MessageState
    held: Sequence[Held]
    audience: int | None
    counts: Mapping[str, int]
    problem: str

    @property
    def total(self) -> int:
        """The audience, or, while that is not final, the rows there are."""
        return self.audience if self.audience is not None else sum(self.counts.values())


@dataclass(frozen=True)
class Draft:
    """``problem`` says why a launch was given up; blank for what was never launched."""

    uid: str
    name: str
    problem: str


@dataclass(frozen=True)
class Sent:
    """A mailing that has ended: when it left, in which zone, and to how many of its audience it was delivered."""

    uid: str
    name: str
    at: datetime
    zone: str
    delivered: int
    audience: int
    refused: int
    most_failed: bool


@dataclass(frozen=True)
class Unclear:
    """Copies of one mailing of which nobody can say whether they arrived."""

    uid: str
    name: str
    people: int


def upcoming(organisation_id: int) -> list[Next]:
    """The next mailings with a time, soonest first, overdue ones included."""
    wanted = _mailings(organisation_id).where(Mailing.state == MailingState.SCHEDULED, Mailing.send_at.is_not(None))
    rows = session.scalars(wanted.order_by(Mailing.send_at, Mailing.id).limit(SHOWN)).all()
    return [
        Next(
            row.uid,
            row.name,
            row.send_at,
            row.send_zone,
            row.to_whom.count(),
            row.to_whom.describe(),
        )
        for row in rows
        if row.send_at is not None
    ]


def leaving(organisation_id: int) -> list[Leaving]:
    """Mailings on their way (prepared, going out, paused, halted), the newest first."""
    wanted = (
        select(Mailing.uid, Mailing.name, Message.id, Message.state, Message.audience, Mailing.problem)
        .join(Message, Message.id == Mailing.message_id)
        .where(Mailing.organisation_id == organisation_id, Message.state.in_(_UNDER_WAY))
        .order_by(Message.id.desc())
        .limit(SHOWN)
    )
    rows = session.execute(wanted).all()
    ids = [row[2] for row in rows]
    counts, held = _counts(ids), holds_of(ids)
    return [
        Leaving(uid, name, state, held.get(message_id, ()), audience, counts[message_id], problem)
        for uid, name, message_id, state, audience, problem in rows
    ]


def drafts(organisation_id: int) -> list[Draft]:
    """What was begun and not finished, the newest first."""
    wanted = _mailings(organisation_id).where(Mailing.state == MailingState.DRAFT)
    rows = session.scalars(wanted.order_by(Mailing.id.desc()).limit(SHOWN))
    return [Draft(row.uid, row.name, row.problem) for row in rows]


def sent(organisation_id: int) -> list[Sent]:
    """The mailings that ended last, the newest first."""
    wanted = (
        select(Mailing, Message.audience, Message.state_reason)
        .join(Message, Message.id == Mailing.message_id)
        .where(Mailing.organisation_id == organisation_id, Message.state == MessageState.FINISHED)
        .order_by(Message.id.desc())
        .limit(SHOWN)
    )
    rows = session.execute(wanted).all()
    counts = _counts([row.message_id for row, *_rest in rows if row.message_id])
    return [
        Sent(
            row.uid,
            row.name,
            row.launched_at,
            row.send_zone,
            delivered=counts[row.message_id].get("accepted", 0),
            audience=audience or 0,
            refused=counts[row.message_id].get("failed", 0),
            most_failed=reason == MOST_FAILED,
        )
        for row, audience, reason in rows
        if row.message_id and row.launched_at
    ]


def unclear(organisation_id: int, now: datetime) -> list[Unclear]:
    """Mailings of the last month with copies whose arrival is unknown."""
    wanted = (
        select(Mailing.uid, Mailing.name, func.count())
        .join(Delivery, Delivery.message_id == Mailing.message_id)
        .where(
            Mailing.organisation_id == organisation_id,
            Mailing.launched_at > now - RECENT,
            rests(DeliveryState.UNKNOWN),
        )
        .group_by(Mailing.id, Mailing.uid, Mailing.name)
        .order_by(Mailing.id.desc())
    )
    return [Unclear(*row) for row in session.execute(wanted)]


def named(organisation_id: int, words: str) -> list[tuple[str, str]]:
    """The uids and names of mailings whose name holds the words, the newest first."""
    own = select(Mailing.uid, Mailing.name).where(
        Mailing.organisation_id == organisation_id, Mailing.state != MailingState.TEMPLATE
    )
    rows = session.execute(own.order_by(Mailing.id.desc()))
    return list(islice(((uid, name) for uid, name in rows if holds_words(words, name)), FOUND_AT_MOST))


def has_mailings(organisation_id: int) -> bool:
    """Whether anything was ever written here."""
    return session.scalar(_mailings(organisation_id).limit(1)) is not None


def _mailings(organisation_id: int) -> Select[Mailing]:
    return select(Mailing).where(Mailing.organisation_id == organisation_id)


def _counts(message_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """The ledger's groups of each message; a claimed copy still waits."""
    found: dict[int, dict[str, int]] = {message_id: {} for message_id in message_ids}
    grouped = (
        select(Delivery.message_id, shown_state(), func.count())
        .where(Delivery.message_id.in_(found))
        .group_by(Delivery.message_id, shown_state())
    )
    for message_id, state, number in session.execute(grouped):
        group = _GROUPS.get(state, state).value
        found[message_id][group] = found[message_id].get(group, 0) + number
    return found
