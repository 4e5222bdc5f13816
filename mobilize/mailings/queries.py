"""Reading mailings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy import Select, or_, select

from mobilize.core import feature
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.feature import AuditSubject, SegmentUse
from mobilize.delivery.models import Message, MessageState
from mobilize.delivery.queries import Held, holds_of
from mobilize.delivery.rules import MOST_FAILED
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.rules import Shown, shown_state

PAGE = 25


@dataclass(frozen=True, slots=True)
class Listed:
    """A mailing as the list shows it; ``audience`` is ``None`` until it has left."""

    uid: str
    name: str
    state: Shown
    send_at: datetime | None
    send_zone: str
    launched_at: datetime | None
    audience: int | None
    languages: tuple[str, ...]
    most_failed: bool


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Newest first; ``older`` and ``newer`` are cursors (uids), ``None`` at the ends."""

    mailings: tuple[Listed, ...]
    older: str | None
    newer: str | None


def mailing(organisation_id: int, uid: str) -> Mailing:
    """A mailing of this organisation.

    Raises:
        NotFound: there is none of this uid here.
    """
    found = session.scalar(select(Mailing).where(Mailing.organisation_id == organisation_id, Mailing.uid == uid))
    if found is None:
        raise NotFound("mailing")
    return found


def mailing_anywhere(uid: str) -> Mailing:
    """A mailing of any organisation, for commands.

    Raises:
        NotFound: there is none of this uid.
    """
    found = session.scalar(select(Mailing).where(Mailing.uid == uid))
    if found is None:
        raise NotFound("mailing")
    return found


def state_of(row: Mailing) -> Shown:
    """The mailing's state as pages and commands show it."""
    return shown_state(row.state, _message_state(row), preparing=row.launch_cursor is not None)


def origin_of(row: Mailing) -> AuditSubject | None:
    """What made the mailing, as its feature names and links it; None where a campaigner wrote it."""
    kind, _colon, uid = row.origin.partition(":")
    named = feature.audit_subjects(kind) if uid else None
    return named(row.organisation_id, [uid]).get(uid) if named else None


def holds_on(row: Mailing) -> list[Held]:
    """The causes that hold the mailing; it sends only while there is none."""
    return [] if row.message_id is None else holds_of([row.message_id]).get(row.message_id, [])


def names_of_changed(row: Mailing) -> list[str]:
    """What has changed since the mailing was frozen, by name, as far as its feature names what it has."""
    uids: defaultdict[str, list[str]] = defaultdict(list)
    for source in chain.from_iterable(one.sources for one in holds_on(row)):
        kind, _colon, uid = source.partition(":")
        uids[kind].append(uid)
    found = {kind: feature.audit_subjects(kind) for kind in uids}
    return [
        one.name for kind, named in found.items() if named for one in named(row.organisation_id, uids[kind]).values()
    ]


def newest_page(organisation_id: int, *, older_than: str = "", newer_than: str = "") -> ListedPage:
    """One page of the organisation's mailings; the cursors are uids.

    Raises:
        NotFound: a cursor that is no mailing of this organisation.
    """
    query = _listed(organisation_id)
    if newer_than:
        query = query.where(Mailing.id > mailing(organisation_id, newer_than).id).order_by(Mailing.id)
    else:
        query = query.order_by(Mailing.id.desc())
        if older_than:
            query = query.where(Mailing.id < mailing(organisation_id, older_than).id)
    rows = [_as_listed(row, state, reason) for row, state, reason in session.execute(query.limit(PAGE + 1))]
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if newer_than:
        rows.reverse()
    has_newer, has_older = (more, True) if newer_than else (bool(older_than), more)
    return ListedPage(
        tuple(rows),
        older=rows[-1].uid if rows and has_older else None,
        newer=rows[0].uid if rows and has_newer else None,
    )


def due_ids(now: datetime) -> Sequence[int]:
    """Mailings whose moment has come, and those whose preparation was interrupted; the earliest first."""
    return session.scalars(
        select(Mailing.id)
        .where(
            or_(
                (Mailing.state == MailingState.SCHEDULED) & (Mailing.send_at <= now),
                (Mailing.state == MailingState.LAUNCHED) & Mailing.launch_cursor.is_not(None),
            )
        )
        .order_by(Mailing.send_at, Mailing.id)
    ).all()


def segment_uses(organisation_id: int) -> list[SegmentUse]:
    """Mailings whose recipients are not all written down yet, with the segments that decide who they are."""
    not_done = or_(
        Mailing.state.in_((MailingState.DRAFT, MailingState.SCHEDULED, MailingState.TEMPLATE)),
        (Mailing.state == MailingState.LAUNCHED) & Mailing.launch_cursor.is_not(None),
    )
    wanted = select(Mailing).where(Mailing.organisation_id == organisation_id, not_done).order_by(Mailing.id.desc())
    return [
        SegmentUse(AuditSubject(row.name, "mailings.audience", {"uid": row.uid}), frozenset(row.to_whom.named_segments))
        for row in session.scalars(wanted)
        if row.to_whom.names_segments
    ]


def _message_state(row: Mailing) -> MessageState | None:
    if row.message_id is None:
        return None
    return session.scalar(select(Message.state).where(Message.id == row.message_id))


def _listed(organisation_id: int) -> Select[Mailing, MessageState, str]:
    return (
        select(Mailing, Message.state, Message.state_reason)
        .outerjoin(Message, Message.id == Mailing.message_id)
        .where(Mailing.organisation_id == organisation_id, Mailing.state != MailingState.TEMPLATE)
    )


def _as_listed(row: Mailing, state: MessageState | None, reason: str | None) -> Listed:
    return Listed(
        uid=row.uid,
        name=row.name,
        state=shown_state(row.state, state, preparing=row.launch_cursor is not None),
        send_at=row.send_at,
        send_zone=row.send_zone,
        launched_at=row.launched_at,
        audience=row.audience if row.launched_at else None,
        languages=tuple(row.content),
        most_failed=state is MessageState.FINISHED and reason == MOST_FAILED,
    )


def _audit_subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """Mailings as the trail names and links them."""
    own = select(Mailing.uid, Mailing.name).where(Mailing.organisation_id == organisation_id, Mailing.uid.in_(uids))
    return {uid: AuditSubject(name, "mailings.show", {"uid": uid}) for uid, name in session.execute(own)}


AUDIT_SUBJECTS = {"mailing": _audit_subjects}
