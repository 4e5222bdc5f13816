"""Many people on lists, written as the product would store them; call inside a writing unit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from sqlalchemy import insert

from mobilize.core import clock, crypto
from mobilize.core.db import new_uid, session
from mobilize.delivery.models import Recipient, RecipientKind
from mobilize.delivery.recipients import Contact, contact_place
from mobilize.organisations.models import Organisation
from mobilize.subscribers.models import MailingList, Subscriber, Subscription, SubscriptionState

_numbers = count(1)


def make_list(organisation: Organisation, slug: str = "newsletter", **values: object) -> MailingList:
    row = MailingList(
        organisation_id=organisation.id,
        slug=slug,
        names={"en": slug.capitalize(), "fr": f"{slug} (fr)"},
        created_at=clock.now(),
        **values,
    )
    session.add(row)
    session.flush()
    return row


def make_people(
    organisation: Organisation, number: int, lists: Sequence[MailingList], language: str = "en"
) -> list[int]:
    """``number`` people on all of ``lists``; their recipient ids."""
    people = [_recipient(organisation, next(_numbers), language) for _ in range(number)]
    statement = insert(Recipient).returning(Recipient.id, sort_by_parameter_order=True)
    ids = list(session.scalars(statement, people))
    now = clock.now()
    session.execute(
        insert(Subscriber),
        [{"uid": new_uid(), "organisation_id": organisation.id, "recipient_id": one, "created_at": now} for one in ids],
    )
    rows = [
        {"recipient_id": one, "list_id": each.id, "state": SubscriptionState.SUBSCRIBED, "changed_at": now}
        for one in ids
        for each in lists
    ]
    if rows:
        session.execute(insert(Subscription), rows)
    return ids


def make_overlapping_lists(organisation: Organisation, each: int) -> tuple[list[int], list[int]]:
    """Three lists and eight times ``each`` people: alone on a list, on two, on all three; both by their ids."""
    one, two, three = (make_list(organisation, slug) for slug in ("one", "two", "three"))
    overlaps = ([one], [two], [three], [one, two], [one, three], [two, three], [one, two, three], [three, one, two])
    people = [person for lists in overlaps for person in make_people(organisation, each, lists, "fr")]
    return [one.id, two.id, three.id], people


def _recipient(organisation: Organisation, number: int, language: str) -> dict[str, object]:
    uid, address = new_uid(), f"person{number}@reader{number % 7}.example.org"
    return {
        "uid": uid,
        "organisation_id": organisation.id,
        "kind": RecipientKind.PERSON,
        "contact_sealed": crypto.seal(Contact(address, f"Name{number}").to_json(), contact_place(uid)),
        "address_index": crypto.address_index(organisation.uid, address),
        "domain_index": crypto.domain_index(organisation.uid, address),
        "language": language,
        "created_at": clock.now(),
    }
