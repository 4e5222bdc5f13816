"""Launching what is due, in steps: freeze, then the audience page by page. A crash between two steps loses nothing.

due -> compose every language once (nothing locked) -> start: is it still the same mailing, of the same versions of its
       live sources? (one conditional change: of two launches one goes on; if anything moved, compose again)
    -> a small page of people -> pages, those of several mailings in turn -> the audience is final

A segment that breaks between two pages stops the launch; ``problem`` says why, and it goes on once that is mended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Select, update

from mobilize.audiences.pages import PAGE_SIZE
from mobilize.core import audit, clock, db, live_sources
from mobilize.core.db import session
from mobilize.core.domains import domain_of
from mobilize.core.errors import Conflict, Refused
from mobilize.delivery.contents import store_contents, store_links
from mobilize.delivery.messages import add_page, close_message, open_message
from mobilize.delivery.models import Stream
from mobilize.delivery.source_holds import depend_on
from mobilize.mailings.checks import errors_of
from mobilize.mailings.composing import ComposedMailing, compose_mailing
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.queries import due_ids
from mobilize.mailings.service import locked_mailing
from mobilize.organisations.queries import brand
from mobilize.subscribers.queries import lists_by_id

log = structlog.get_logger(__name__)

FIRST_PAGE = 500
TRIES = 3
"""How often a mailing is composed in one pass of the clock, if it or what its blocks show changes each time."""


def page_size(prepared: int) -> int:
    """People of the next page: few at first, then as many as there are so far, up to the largest.

    The first page is committed at once, so that sending begins while the others are read; on SQLite its claim comes in
    between two short commits.
    """
    return min(PAGE_SIZE, max(FIRST_PAGE, prepared))


def launch_due(now: datetime | None = None, *, demonstration: bool = True) -> int:
    """Launch every mailing whose moment has come and go on with interrupted ones; how many were worked on.

    Opens its own units: call it outside any. With ``demonstration=False`` (a real mail server is set) mailings of the
    demonstration stay where they are.
    """
    worked_on, done = set[int](), set[int]()
    while waiting := [one for one in _due(now, demonstration=demonstration) if one not in done]:
        for mailing_id in waiting:
            worked_on.add(mailing_id)
            if not _step_or_log(mailing_id, now):
                done.add(mailing_id)
    return len(worked_on)


def _due(now: datetime | None, *, demonstration: bool) -> list[int]:
    """Looked up in each round: what became due meanwhile gets its first page after one page of the others."""
    with db.reading():
        found = due_ids(_moment(now))
        return [mailing_id for mailing_id in found if demonstration or not _is_demonstration(mailing_id)]


def _moment(now: datetime | None) -> datetime:
    return clock.now() if now is None else max(now, clock.now())


def _step_or_log(mailing_id: int, now: datetime | None) -> bool:
    """One step of one launch; whether there are more now."""
    try:
        return _step(mailing_id, _moment(now))
    except Exception:
        # The outer edge of one launch: its fault must not hold up the others; the next tick tries it again.
        log.exception("launch.failed", mailing=mailing_id)
        return False


@dataclass(frozen=True, slots=True)
class Ready:
    """All that the start of a launch writes, made before it locks anything; ``problem`` is why it must not start."""

    composed: ComposedMailing
    problem: str
    list_header: str


def _step(mailing_id: int, now: datetime) -> bool:
    """Start it if it waits, then a page of its people; whether there may be more."""
    if not _is_started(mailing_id, now):
        return False
    with db.writing():
        return _add_next_page(mailing_id)


def _is_started(mailing_id: int, now: datetime) -> bool:
    """Start it unless it has been. False: it must not start, or it moved each time while it was composed."""
    for _again in range(TRIES):
        with db.reading():
            row = session.get_one(Mailing, mailing_id)
            ready = _made_ready(row) if row.state is MailingState.SCHEDULED else None
        if ready is None or _begun(mailing_id, ready, now):
            return True
        if ready.problem:
            return False
    return False


def _made_ready(row: Mailing) -> Ready:
    """Composed and checked: lists, pictures or the sender may have changed since it was scheduled."""
    composed = compose_mailing(row)
    errors = errors_of(row, composed)
    problem = ": ".join(part for part in (errors[0].where, errors[0].words) if part) if errors else ""
    return Ready(composed, problem, _list_header(row))


def _begun(mailing_id: int, ready: Ready, now: datetime) -> bool:
    """Start it, or give it back to its author; whether it was started here."""
    with db.writing():
        if ready.problem:
            _give_up(mailing_id, ready.composed.version, ready.problem)
            return False
        return _start(mailing_id, ready, now)


def _give_up(mailing_id: int, version: int, problem: str) -> None:
    """Back to its author with the reason, unless they changed it meanwhile."""
    row = locked_mailing(mailing_id)
    if row.version == version and row.state is MailingState.SCHEDULED:
        row.state, row.send_at, row.problem = MailingState.DRAFT, None, problem[:300]
        _trail(row, "mailing.launch-given-up")


def _start(mailing_id: int, ready: Ready, now: datetime) -> bool:
    """Freeze and open, if all is as it was composed and nobody else started it; whether it was.

    Live sources are locked before the mailing, as whoever changes one does.
    """
    names = {name for name, _version in ready.composed.live}
    if frozenset(live_sources.versions_held(names).items()) != ready.composed.live:
        return False
    taken = session.scalar(
        update(Mailing)
        .where(
            Mailing.id == mailing_id,
            Mailing.version == ready.composed.version,
            Mailing.state == MailingState.SCHEDULED,
            Mailing.send_at <= now,
        )
        .values(state=MailingState.LAUNCHED, launched_at=now, launch_cursor=0)
        .returning(Mailing.id)
    )
    if taken is not None:
        _freeze(session.get_one(Mailing, mailing_id, populate_existing=True), ready)
    return taken is not None


def _freeze(row: Mailing, ready: Ready) -> None:
    """Contents, links and the message: from here on nothing that a campaigner does changes what is sent."""
    contents = ready.composed.contents
    ids = store_contents(row.organisation_id, [one.source for one in contents.values()])
    row.frozen = dict(zip(contents, ids, strict=True))
    first = next(iter(contents.values())).source
    row.message_id = open_message(
        organisation_id=row.organisation_id,
        stream=Stream.URGENT if row.is_urgent else Stream.BULK,
        anchor=f"mailing:{row.uid}",
        anchor_version=row.version,
        dedupe_key=f"mailing:{row.uid}",
        sender_name=first.sender.name,
        sender_address=row.sender_address,
        reply_to=first.reply_to,
        list_header=ready.list_header,
        bases=row.to_whom.bases,
        ended_by=row.to_whom.ended_by or None,
    )
    depend_on(row.message_id, dict(ready.composed.live))
    store_links(row.message_id, dict(zip(ids, contents.values(), strict=True)))
    _trail(row, "mailing.launched", version=row.version, contents=ids)


def _list_header(row: Mailing) -> str:
    """The List-Id: the first list in the organisation, under the sender's domain (RFC 2919, 3); none without a list."""
    if row.to_whom.group and not row.to_whom.lists:
        return ""
    first = next(iter(lists_by_id(row.to_whom.lists[:1], row.organisation_id)), None)
    labels = (first.slug if first else "mailing", brand(row.organisation_id).slug, domain_of(row.sender_address))
    return ".".join(labels)[:200]


def _add_next_page(mailing_id: int) -> bool:
    """One page into the ledger; whether there may be more. Waits for whoever holds the mailing."""
    row = locked_mailing(mailing_id)
    if row.launch_cursor is None or row.message_id is None:
        return False
    # Where a segment leaves most people out, the audience grows slowly: pages grow with the people who were looked at.
    looked_at = row.launch_cursor if row.to_whom.names_segments else row.audience
    try:
        page = row.to_whom.page(row.launch_cursor, size=page_size(looked_at))
    except Refused as refusal:
        _wait_for_mending(row, refusal.message)
        return False
    row.problem = ""
    if page is None:
        _finish(row, row.message_id)
        return False
    try:
        _add(row, row.message_id, page.rows(row.frozen, row.default_language), page.people)
    except Conflict:  # the engine ended it
        row.launch_cursor = None
        return False
    row.launch_cursor = page.last_id
    session.flush()
    return True


def _wait_for_mending(row: Mailing, problem: str) -> None:
    """A segment broke under way: nobody else gets it until somebody mends the segment; the next tick then goes on."""
    if row.problem != problem[:300]:
        row.problem = problem[:300]
        _trail(row, "mailing.launch-waits")


def _add(row: Mailing, message_id: int, page: Select[*tuple[Any, ...]], people: int) -> None:
    if people:
        add_page(message_id, page)
        row.audience += people


def _finish(row: Mailing, message_id: int) -> None:
    """The audience is final; the ledger is held against the people who were read from their subscriptions."""
    row.launch_cursor = None
    in_ledger = close_message(message_id)
    if in_ledger != row.audience:
        log.error("launch.count-differs", mailing=row.uid, in_ledger=in_ledger, audience=row.audience)
    _trail(row, "mailing.prepared", audience=row.audience)


def _is_demonstration(mailing_id: int) -> bool:
    row = session.get_one(Mailing, mailing_id)
    return row.is_demonstration or brand(row.organisation_id).is_demonstration


def _trail(row: Mailing, action: str, **facts: object) -> None:
    session.flush()
    audit.record(action, organisation_id=row.organisation_id, subject=f"mailing:{row.uid}", **facts)
