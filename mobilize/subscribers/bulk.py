"""A thousand people at once: three look-ups, then one statement a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, and_, insert, select, update

from mobilize.core import clock, crypto
from mobilize.core.db import Base, new_uid, session
from mobilize.delivery.models import Recipient, RecipientKind, Suppression
from mobilize.delivery.recipients import contact_of, contact_place, settle_addresses
from mobilize.organisations.queries import Brand
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.models import Consent, ConsentAction, Subscriber, Subscription, SubscriptionState
from mobilize.subscribers.rules import Change, Known, Outcome, Person, change


@dataclass(frozen=True)
class Basis:
    """What everyone in one import shares."""

    organisation: Brand
    list_id: int
    list_uid: str
    evidence: Evidence


def changes(basis: Basis, people: Sequence[Person]) -> dict[bytes, Change]:
    """What becomes of each person, by blind index; ``people`` names every address once."""
    uid, default = basis.organisation.uid, basis.organisation.default_language
    by_index = {crypto.address_index(uid, one.contact.email): one for one in people}
    former = {
        old: index
        for index, one in by_index.items()
        for old in crypto.address_indexes(uid, one.contact.email)
        if old != index
    }
    known, stored = _known(basis, [*by_index, *former])
    suppressed = _suppressed(basis, by_index, {old: index for old, index in former.items() if index not in stored})
    return {
        index: change(one, known.get(index), default, suppressed=index in suppressed) for index, one in by_index.items()
    }


def add_people(basis: Basis, people: Sequence[Person]) -> Counter[Outcome]:
    """Put at most a few thousand people, each once, on the list; in the current unit."""
    settle_addresses(basis.organisation.id, basis.organisation.uid, [one.contact.email for one in people])
    _hold(basis, people)
    found = changes(basis, people)
    ids = {index: one.known.recipient_id for index, one in found.items() if one.known}
    ids |= _new_recipients(basis, {index: one for index, one in found.items() if one.is_new})
    _rewrite([one for one in found.values() if one.rewrites])
    _add_subscribers(basis, [ids[index] for index, one in found.items() if one.becomes_subscriber])
    _add_subscriptions(basis, {index: one for index, one in found.items() if one.joins}, ids)
    return Counter(one.outcome for one in found.values())


def _hold(basis: Basis, people: Sequence[Person]) -> None:
    """Lock whom we know: an erasure or a withdrawal that is under way ends first, and is then seen."""
    uid = basis.organisation.uid
    indexes = [index for one in people for index in crypto.address_indexes(uid, one.contact.email)]
    known = select(Recipient.id).where(*_behind(basis, indexes)).order_by(Recipient.id).with_for_update()
    session.execute(known).all()


def _known(basis: Basis, indexes: Sequence[bytes]) -> tuple[dict[bytes, Known], set[bytes]]:
    """By the index of the address that each one has; and the indexes they are stored under, maybe a former one."""
    on_list = and_(Subscription.recipient_id == Recipient.id, Subscription.list_id == basis.list_id)
    wanted = (
        select(Recipient, Subscriber.id, Subscription.state)
        .outerjoin(Subscriber, Subscriber.recipient_id == Recipient.id)
        .outerjoin(Subscription, on_list)
        .where(*_behind(basis, indexes))
    )
    known: dict[bytes, Known] = {}
    stored: set[bytes] = set()
    for row, subscriber, state in session.execute(wanted):
        contact = contact_of(row)
        index = crypto.address_index(basis.organisation.uid, contact.email)
        known[index] = Known(row.id, row.uid, contact, row.language, subscriber is not None, state)
        stored.add(row.address_index)
    return known, stored


def _suppressed(basis: Basis, indexes: Collection[bytes], former: Mapping[bytes, bytes]) -> set[bytes]:
    """Which of ``indexes`` are; ``former`` leads from indexes of earlier versions to today's."""
    wanted = select(Suppression.address_index).where(
        Suppression.organisation_id == basis.organisation.id, Suppression.address_index.in_([*indexes, *former])
    )
    return {former.get(index, index) if index not in indexes else index for index in session.scalars(wanted)}


def _new_recipients(basis: Basis, people: Mapping[bytes, Change]) -> dict[bytes, int]:
    """Rows for people nobody knew; their ids by blind index."""
    if not people:
        return {}
    session.execute(insert(_table(Recipient)), [_recipient(basis, index, one) for index, one in people.items()])
    ids = select(Recipient.address_index, Recipient.id).where(*_behind(basis, list(people)))
    return dict(session.execute(ids).all())


def _recipient(basis: Basis, index: bytes, one: Change) -> dict[str, Any]:
    uid = new_uid()
    return {
        "uid": uid,
        "organisation_id": basis.organisation.id,
        "kind": RecipientKind.PERSON,
        "contact_sealed": crypto.seal(one.contact.to_json(), contact_place(uid)),
        "address_index": index,
        "domain_index": crypto.domain_index(basis.organisation.uid, one.contact.email),
        "language": one.language,
        "created_at": clock.now(),
    }


def _behind(basis: Basis, indexes: Sequence[bytes]) -> tuple[Any, ...]:
    return (
        Recipient.organisation_id == basis.organisation.id,
        Recipient.kind == RecipientKind.PERSON,
        Recipient.address_index.in_(indexes),
    )


def _rewrite(people: Sequence[Change]) -> None:
    """Names and languages that the file states anew."""
    rows = [
        {
            "id": one.known.recipient_id,
            "contact_sealed": crypto.seal(one.contact.to_json(), contact_place(one.known.recipient_uid)),
            "language": one.language,
        }
        for one in people
        if one.known
    ]
    if rows:
        session.execute(update(Recipient), rows)


def _add_subscribers(basis: Basis, recipient_ids: Sequence[int]) -> None:
    rows = [
        {
            "uid": new_uid(),
            "organisation_id": basis.organisation.id,
            "recipient_id": recipient_id,
            "created_at": clock.now(),
        }
        for recipient_id in recipient_ids
    ]
    if rows:
        session.execute(insert(_table(Subscriber)), rows)


def _add_subscriptions(basis: Basis, people: Mapping[bytes, Change], ids: Mapping[bytes, int]) -> None:
    """Subscriptions, each with its consent row; the proof names the file by digest, and the line."""
    if not people:
        return
    now, evidence = clock.now(), basis.evidence
    session.execute(
        insert(_table(Subscription)),
        [
            {
                "recipient_id": ids[index],
                "list_id": basis.list_id,
                "state": SubscriptionState.SUBSCRIBED,
                "changed_at": now,
            }
            for index in people
        ],
    )
    shared = {
        "organisation_id": basis.organisation.id,
        "list_id": basis.list_id,
        "action": ConsentAction.GIVEN,
        "method": evidence.method,
        "wording": evidence.wording,
        "wording_version": evidence.wording_version,
        "at": now,
    }
    session.execute(
        insert(_table(Consent)),
        [
            {
                **shared,
                "recipient_id": ids[index],
                "person_hash": index,
                "language": one.language,
                "proof": {**evidence.proof, "line": one.person.line},
            }
            for index, one in people.items()
        ],
    )


def _table(model: type[Base]) -> Table:
    """Rows straight into the table: the mapper would cost as much again as everything else."""
    return cast(Table, model.__table__)
