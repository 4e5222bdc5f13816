"""Erasing a person: at once what could still act for them, then the rest in small steps.

begin (one commit)   features close what acts -> mails that wait end -> the address stays refused, or not
                     -> the recipients are emptied -> an ``Erasure`` row
finish (the tick)    the keyed hash into the list outside the database -> each feature's steps -> the log is cut
begin_again          at start: people of an older copy of the database, who are on the list, are erased once more
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import select, update

from mobilize.core import audit, clock, crypto, db, feature, passing_files
from mobilize.core.db import session
from mobilize.core.errors import Conflict, NotFound
from mobilize.core.feature import PersonalData
from mobilize.core.settings import Settings
from mobilize.delivery.emptying import empty_recipients, lock_recipients, unname_suppression
from mobilize.delivery.models import Recipient, SuppressionReason
from mobilize.delivery.recipients import contact_of, settle_addresses
from mobilize.delivery.suppression.service import suppress, suppression_of
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import brand
from mobilize.people.erased_list import ErasedPerson, add_to_list, listed
from mobilize.people.models import Erasure
from mobilize.people.queries import KINDS
from mobilize.subscribers.queries import has_left_a_list

log = structlog.get_logger(__name__)

BY_STAFF, BY_COMMAND, BY_THEMSELVES, AGAIN = "staff", "command", "person", "again"
SOURCE = "erasure"
"""Where a suppression came from, in place of whatever was noted before."""
STEP = 200


def begin_erasure(
    organisation_id: int,
    recipient_ids: Sequence[int],
    source: str,
    refused: SuppressionReason | None = None,
) -> None:
    """Erase the person whose mailbox these recipients are; what is many goes with the next ticks.

    Whoever withdrew, bounced or asks for this themselves stays refused by the keyed hash of their address: no import
    brings them back, a sign-up that they confirm does. ``refused`` is for whom nothing else tells so any more.

    Raises:
        NotFound: they are erased already.
        Conflict: a feature still needs them (a colleague who works here).
    """
    organisation = brand(organisation_id)
    address = _address(recipient_ids)
    settle_addresses(organisation_id, organisation.uid, [address])
    people = lock_recipients(recipient_ids)
    if not people:
        raise NotFound("person")
    index = crypto.address_index(organisation.uid, address)
    if refused is None and (source == BY_THEMSELVES or any(has_left_a_list(row.id) for row in people)):
        refused = SuppressionReason.WITHDRAWAL
    for _name, data in _highest_first():
        for row in people:
            data.close(row.id, address)
    if not unname_suppression(organisation_id, index, SOURCE) and refused is not None:
        suppress(organisation_id, index, refused, SOURCE)
    empty_recipients(people)
    _note(organisation_id, people, index, source)


def finish_erasures(settings: Settings) -> int:
    """Bring every erasure that is under way to its end, in steps; how many ended. Safe to be killed and run again."""
    with db.reading():
        waiting = session.scalars(select(Erasure.id).where(Erasure.ended_at.is_(None)).order_by(Erasure.id)).all()
    return sum(_finish(erasure_id, settings) for erasure_id in waiting)


def begin_again(settings: Settings) -> int:
    """Erase those of the list whom this database still knows: it was restored from a copy made before; how many."""
    known = listed(settings)
    found = 0
    for start in range(0, len(known), STEP):
        with db.reading():
            back = _brought_back(known[start : start + STEP])
        found += sum(_again(*one) for one in back)
    return found


def _brought_back(listed: Sequence[ErasedPerson]) -> list[tuple[ErasedPerson, int, list[int]]]:
    """Who of them has rows that were there at the time, with organisation and ids.

    Somebody who signed up afterwards is somebody who came back.
    """
    wanted = (
        select(Organisation.uid, Recipient)
        .join(Organisation, Organisation.id == Recipient.organisation_id)
        .where(Recipient.address_index.in_({one.person_hash for one in listed}), Recipient.kind.in_(KINDS))
    )
    rows = session.execute(wanted).all()
    found = []
    for one in listed:
        same = [row for uid, row in rows if (uid, row.address_index) == (one.organisation_uid, one.person_hash)]
        ids = [row.id for row in same if row.created_at <= one.at]
        if ids:
            found.append((one, same[0].organisation_id, ids))
    return found


def _again(person: ErasedPerson, organisation_id: int, recipient_ids: Sequence[int]) -> bool:
    refused = SuppressionReason(person.refused) if person.refused else None
    try:
        with db.writing():
            begin_erasure(organisation_id, recipient_ids, AGAIN, refused)
    except NotFound:
        return False  # another process began it meanwhile
    except Conflict:
        # The copy is from before they were removed as a colleague; the service must start all the same.
        log.warning("people.not_erased_again", organisation_id=organisation_id)
        return False
    return True


def _address(recipient_ids: Sequence[int]) -> str:
    """Raises NotFound: there is nobody of these, or they are erased."""
    row = session.get(Recipient, recipient_ids[0]) if recipient_ids else None
    if row is None or row.erased_at is not None:
        raise NotFound("person")
    return contact_of(row).email


def _note(organisation_id: int, people: Sequence[Recipient], index: bytes, source: str) -> None:
    held = suppression_of(organisation_id, index)
    session.add(
        Erasure(
            organisation_id=organisation_id,
            recipient_ids=[row.id for row in people],
            person_hash=index,
            refused=held.reason.value if held else "",
            source=source,
            done=[],
            begun_at=clock.now(),
        )
    )
    for row in people:
        audit.record("person.erased", organisation_id=organisation_id, subject=f"recipient:{row.uid}", by=source)
    session.flush()


def _finish(erasure_id: int, settings: Settings) -> bool:
    with db.reading():
        row = session.get_one(Erasure, erasure_id)
        organisation = brand(row.organisation_id)
        person = ErasedPerson(organisation.uid, row.person_hash, row.begun_at, row.refused)
        uids = set(session.scalars(select(Recipient.uid).where(Recipient.id.in_(row.recipient_ids))))
    add_to_list(settings, person)
    passing_files.remove_about(settings.files_dir, organisation.slug, uids)
    for name, data in _highest_first():
        db.in_steps(partial(_step, erasure_id, name, data))
    if not db.forget_overwritten():
        return False
    with db.writing():
        _end(erasure_id, clock.now())
    return True


def _highest_first() -> list[tuple[str, PersonalData]]:
    """A feature may need what those below it hold to settle its counts."""
    return list(feature.personal_data().items())[::-1]


def _step(erasure_id: int, name: str, data: PersonalData) -> bool:
    """One small piece of one feature; the row says in the same commit when it was the last."""
    row = session.scalars(select(Erasure).where(Erasure.id == erasure_id).with_for_update()).one()
    if name in row.done:
        return False
    more = [data.erase(recipient_id) for recipient_id in row.recipient_ids]
    if not any(more):
        row.done = [*row.done, name]
        session.flush()
    return any(more)


def _end(erasure_id: int, now: datetime) -> None:
    blank = {"ended_at": now, "recipient_ids": [], "person_hash": b"", "refused": ""}
    session.execute(update(Erasure).where(Erasure.id == erasure_id, Erasure.ended_at.is_(None)).values(blank))
