"""Writes: links to the door, and who comes in. Nothing here commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mobilize.core import audit, clock, text
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.events.door import queries
from mobilize.events.door.rules import Verdict, usable_nonce, verdict
from mobilize.events.models import Event
from mobilize.events.registrations.models import DoorLink, DoorScan, Registration
from mobilize.events.registrations.ticket_rules import read

MOST_LINKS = 50


@dataclass(frozen=True)
class Answer:
    """What the door says; ``at`` is when a used ticket came in, ``event`` where a foreign one belongs."""

    verdict: Verdict
    name: str = ""
    at: datetime | None = None
    event: Event | None = None


def make_link(event: Event, label: str) -> DoorLink:
    """A link for one entrance or steward.

    Raises:
        Refused: no label, or more links than any event has doors.
    """
    label = text.one_line("label", label, at_most=120)
    if not label:
        raise Refused("label", _("Fill this in"))
    if len(queries.door_links(event.id)) >= MOST_LINKS:
        raise Refused("label", _("Use at most %(count)d", count=MOST_LINKS))
    row = DoorLink(event_id=event.id, label=label, created_at=clock.now())
    session.add(row)
    session.flush()
    _record("door.opened", event)
    return row


def revoke_link(event: Event, row: DoorLink) -> None:
    """Whoever has the link sees and changes nothing any more; repeating is nothing."""
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        _record("door.closed", event)


def let_in(event: Event, link: DoorLink, typed: str, nonce: str, at: datetime) -> Answer:
    """Check a code, and note that its owner came in if it is valid. The same ``nonce`` again gives the same answer.

    Raises:
        Refused: a nonce that no phone makes.
    """
    _lock(event)
    known = queries.scan_by_nonce(event.id, usable_nonce(nonce))
    if known is not None:
        return _repeated(known)
    code = read(typed)
    row = queries.ticket(event, code) if code else None
    if row is None:
        return _foreign(event, code)
    entered_at = queries.entered_at(row.id)
    found = verdict(row.state, row.attendance, is_inside=entered_at is not None)
    if found is Verdict.VALID:
        _note(event, link, nonce, at, row.id)
    return Answer(found, queries.short_name(row), entered_at)


def walk_in(event: Event, link: DoorLink, nonce: str, at: datetime) -> Answer:
    """Count somebody without a ticket. The same ``nonce`` again counts nobody.

    Raises:
        Refused: a nonce that no phone makes.
    """
    _lock(event)
    known = queries.scan_by_nonce(event.id, usable_nonce(nonce))
    if known is not None:
        return _repeated(known)
    _note(event, link, nonce, at, None)
    return Answer(Verdict.WALK_IN)


def undo(event: Event, nonce: str) -> bool:
    """Take back that somebody came in; whether there was anything to take back."""
    _lock(event)
    known = queries.scan_by_nonce(event.id, usable_nonce(nonce))
    if known is None or known.undone_at is not None:
        return False
    known.undone_at = clock.now()
    session.flush()
    return True


def _repeated(known: DoorScan) -> Answer:
    """What the act was answered when it first arrived: only accepted ones are stored."""
    if known.registration_id is None:
        return Answer(Verdict.WALK_IN)
    return Answer(Verdict.VALID, queries.short_name(session.get_one(Registration, known.registration_id)))


def _foreign(event: Event, code: str) -> Answer:
    if not code:
        return Answer(Verdict.NO_CODE)
    other = queries.event_of_ticket(event, code)
    return Answer(Verdict.ELSEWHERE, event=other) if other is not None else Answer(Verdict.FORGED)


def _note(event: Event, link: DoorLink, nonce: str, at: datetime, registration_id: int | None) -> None:
    row = DoorScan(event_id=event.id, door_link_id=link.id, registration_id=registration_id, nonce=nonce, scanned_at=at)
    session.add(row)
    session.flush()


def _lock(event: Event) -> None:
    """Two phones that read one ticket at once wait for each other."""
    session.refresh(event, with_for_update=True)


def _record(action: str, event: Event) -> None:
    """Without the label: it may be a steward's name, and the trail is for good."""
    audit.record(action, organisation_id=event.organisation_id, subject=f"event:{event.uid}")
