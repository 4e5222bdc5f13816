"""A thousand people at once: three look-ups, then one statement a table.

The look-ups go by index whatever PostgreSQL's statistics say: it keeps a plan for as long as a connection asks the
same, and those of the first pages are made on nearly empty tables without any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, select, update

from mobilize.core import clock, crypto, db
from mobilize.core.db import new_uid, session
from mobilize.core.id_lists import one_of
from mobilize.core.many_rows import add_rows, ids_by_key
from mobilize.delivery.models import Recipient, RecipientKind, Suppression
from mobilize.delivery.recipients import contact_of, contact_place, settle_addresses
from mobilize.delivery.waiting import look_up_by_index
from mobilize.organisations.queries import Brand
from mobilize.questions.answering import answer_many, share_questions
from mobilize.questions.queries import answers_of_many
from mobilize.questions.rules import Asked, Value, takes
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
    fields: Sequence[Asked] = ()


def changes(basis: Basis, people: Sequence[Person]) -> dict[bytes, Change]:
    """What becomes of each person, by blind index; ``people`` names every address once."""
    look_up_by_index(session.connection())
    uid, default = basis.organisation.uid, basis.organisation.default_language
    by_index = {crypto.address_index(uid, one.contact.email): one for one in people}
    former = {
        old: index
        for index, one in by_index.items()
        for old in crypto.address_indexes(uid, one.contact.email)
        if old != index
    }
    known, stored = _known(basis, [*by_index, *former])
    answers = answers_of_many([one.recipient_id for one in known.values()], basis.fields)
    known = {index: replace(one, answers=answers.get(one.recipient_id, {})) for index, one in known.items()}
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
    _answer(basis, {ids[index]: one.answers for index, one in found.items() if one.answers})
    _add_subscriptions(basis, {index: one for index, one in found.items() if one.joins}, ids)
    return Counter(one.outcome for one in found.values())


def _hold(basis: Basis, people: Sequence[Person]) -> None:
    """Lock whom we know: an erasure or a withdrawal that is under way ends first, and is then seen."""
    if db.is_sqlite():
        return  # whose one writer we are
    look_up_by_index(session.connection())
    uid = basis.organisation.uid
    indexes = {index for one in people for index in crypto.address_indexes(uid, one.contact.email)}
    ids = _recipient_ids(basis, indexes).values()
    if ids:
        known = select(Recipient.id).where(one_of(Recipient.id, ids)).order_by(Recipient.id).with_for_update()
        session.execute(known).all()


def _known(basis: Basis, indexes: Sequence[bytes]) -> tuple[dict[bytes, Known], set[bytes]]:
    """By the index of the address that each one has; and the indexes they are stored under, maybe a former one."""
    on_list = and_(Subscription.recipient_id == Recipient.id, Subscription.list_id == basis.list_id)
    wanted = (
        select(Recipient, Subscriber.id, Subscription.state)
        .outerjoin(Subscriber, Subscriber.recipient_id == Recipient.id)
        .outerjoin(Subscription, on_list)
        .where(one_of(Recipient.id, _recipient_ids(basis, indexes).values()))
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
    found = ids_by_key(
        Suppression.id,
        Suppression.address_index,
        [*indexes, *former],
        Suppression.organisation_id == basis.organisation.id,
    )
    return {former.get(index, index) if index not in indexes else index for index in found}


def _new_recipients(basis: Basis, people: Mapping[bytes, Change]) -> dict[bytes, int]:
    """Rows for people nobody knew; their ids by blind index."""
    if not people:
        return {}
    add_rows(Recipient, [_recipient(basis, index, one) for index, one in people.items()])
    return _recipient_ids(basis, list(people))


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


def _recipient_ids(basis: Basis, indexes: Collection[bytes]) -> dict[bytes, int]:
    return ids_by_key(
        Recipient.id,
        Recipient.address_index,
        indexes,
        Recipient.organisation_id == basis.organisation.id,
        Recipient.kind == RecipientKind.PERSON,
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


def _answer(basis: Basis, given: Mapping[int, Mapping[int, Value]]) -> None:
    """What the file answers, by recipient and question; a field that was changed meanwhile takes no answer of it."""
    if not given:
        return
    kinds = {one.id: one.kind for one in basis.fields}
    asked = share_questions(kinds, basis.organisation.id)
    answer_many(
        {
            person: {key: value for key, value in answers.items() if takes(asked[key], kinds[key], value)}
            for person, answers in given.items()
        },
        asked,
    )


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
    add_rows(Subscriber, rows)


def _add_subscriptions(basis: Basis, people: Mapping[bytes, Change], ids: Mapping[bytes, int]) -> None:
    """Subscriptions, each with its consent row; the proof names the file by digest, and the line."""
    if not people:
        return
    now, evidence = clock.now(), basis.evidence
    add_rows(
        Subscription,
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
    add_rows(
        Consent,
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
