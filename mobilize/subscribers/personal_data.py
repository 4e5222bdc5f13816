"""What is held about a subscriber: the lists they are or were on, and what they agreed to.

Erasure deletes subscriptions, and leaves of each consent its keyed hash: somebody agreed, to these words, then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import case, delete, select, update

from mobilize.core.db import session
from mobilize.core.feature import Kept, PersonalData, Said, Section, Value
from mobilize.core.i18n import current_language, lazy, text_in
from mobilize.core.id_lists import one_of
from mobilize.delivery.ledger import rowcount
from mobilize.organisations.queries import brand
from mobilize.subscribers.models import (
    Consent,
    ConsentAction,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from mobilize.subscribers.timeline import HOW

STEP = 500
BY_STAFF = "staff"

STATES = {SubscriptionState.SUBSCRIBED: lazy("Subscribed"), SubscriptionState.LEFT: lazy("Unsubscribed")}
ACTIONS = {ConsentAction.GIVEN: lazy("Agreed"), ConsentAction.WITHDRAWN: lazy("Withdrawn")}
_SUBSCRIPTIONS = {"list": lazy("List"), "state": lazy("State"), "since": lazy("Since")}
_CONSENTS = {
    "list": lazy("List"),
    "action": lazy("What"),
    "method": lazy("How"),
    "wording": lazy("Wording"),
    "version": lazy("Version"),
    "language": lazy("Language"),
    "at": lazy("When"),
}


def _held(recipient_ids: Sequence[int]) -> Sequence[Section]:
    on = (
        select(Subscription, MailingList)
        .join(MailingList, MailingList.id == Subscription.list_id)
        .where(one_of(Subscription.recipient_id, recipient_ids))
        .order_by(MailingList.position, MailingList.id)
    )
    agreed = (
        select(Consent, MailingList)
        .outerjoin(MailingList, MailingList.id == Consent.list_id)
        .where(Consent.recipient_id.in_(recipient_ids))
        .order_by(Consent.at.desc(), Consent.id.desc())
    )
    return (
        Section("subscriptions", lazy("Lists"), _SUBSCRIPTIONS, [_subscription(*row) for row in session.execute(on)]),
        Section(
            "consents", lazy("What they agreed to"), _CONSENTS, [_consent(*row) for row in session.execute(agreed)]
        ),
    )


def _subscription(row: Subscription, topic: MailingList) -> Mapping[str, Value]:
    return {"list": _named(topic), "state": Said(row.state.value, STATES[row.state]), "since": row.changed_at}


def _consent(row: Consent, topic: MailingList | None) -> Mapping[str, Value]:
    return {
        "list": _named(topic) if topic else "",
        "action": Said(row.action.value, ACTIONS[row.action]),
        "method": Said(row.method, HOW.get(row.method, row.method)),
        "wording": row.wording,
        "version": row.wording_version,
        "language": row.language,
        "at": row.at,
    }


def _named(topic: MailingList) -> Said:
    default = brand(topic.organisation_id).default_language
    return Said(topic.slug, text_in(topic.names, current_language(), default))


def _close(recipient_id: int, _address: str) -> None:
    """No launch that begins from now on finds them."""
    session.execute(delete(Subscription).where(Subscription.recipient_id == recipient_id))
    session.execute(delete(Subscriber).where(Subscriber.recipient_id == recipient_id))


def _erase(recipient_id: int) -> bool:
    """Take the person off some of their consents; whether there may be more. A colleague's reason may name them."""
    some = select(Consent.id).where(Consent.recipient_id == recipient_id).order_by(Consent.id).limit(STEP)
    words = case((Consent.method == BY_STAFF, ""), else_=Consent.wording)
    unnamed = update(Consent).where(Consent.id.in_(list(session.scalars(some))))
    return rowcount(session.execute(unnamed.values(recipient_id=None, wording=words))) == STEP


PERSONAL = PersonalData(_held, _erase, _close)
KEPT = (
    Kept(lazy("Lists that a person is on or left"), lazy("until the person is erased")),
    Kept(
        lazy("What a person agreed to: words, moment, way"),
        lazy("for good; after an erasure with a code in place of the person"),
    ),
)
