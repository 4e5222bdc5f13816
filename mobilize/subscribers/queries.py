"""Reads: lists with their counts, people in keyset pages, one person, and what they agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select

from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.text import masked_address
from mobilize.delivery.models import Recipient, Suppression, SuppressionReason
from mobilize.delivery.recipients import Contact, contact_of
from mobilize.delivery.suppression.service import suppression_of
from mobilize.subscribers.models import Consent, ConsentAction, MailingList, Subscriber, Subscription, SubscriptionState

PAGE = 50
_OWN_WISH = frozenset({SuppressionReason.WITHDRAWAL, SuppressionReason.COMPLAINT})


@dataclass(frozen=True)
class PersonRef:
    """A person in a table; the address is only ever shown masked."""

    uid: str
    contact: Contact
    language: str
    since: datetime

    @property
    def masked(self) -> str:
        return masked_address(self.contact.email)


@dataclass(frozen=True)
class PeoplePage:
    """At most ``PAGE`` people, the newest first; ``newer`` and ``older`` are cursors, or ``None`` at an end."""

    people: tuple[PersonRef, ...]
    newer: str | None
    older: str | None


@dataclass(frozen=True)
class PersonOnLists:
    """One person with every list of the organisation they are or were on."""

    uid: str
    recipient: Recipient
    contact: Contact
    since: datetime
    states: dict[int, SubscriptionState]
    suppression: Suppression | None

    @property
    def masked(self) -> str:
        return masked_address(self.contact.email)

    @property
    def list_ids(self) -> set[int]:
        """The lists they are on."""
        return {list_id for list_id, state in self.states.items() if state is SubscriptionState.SUBSCRIBED}


def lists(organisation_id: int) -> Sequence[MailingList]:
    """Every list of an organisation, in its own order."""
    wanted = select(MailingList).where(MailingList.organisation_id == organisation_id)
    return session.scalars(wanted.order_by(MailingList.position, MailingList.id)).all()


def lists_by_id(list_ids: Sequence[int], organisation_id: int) -> list[MailingList]:
    """Those of ``list_ids`` that exist in the organisation, in the given order."""
    found = {row.id: row for row in lists(organisation_id)}
    return [found[list_id] for list_id in list_ids if list_id in found]


def list_by_slug(organisation_id: int, slug: str) -> MailingList:
    """Raises NotFound: no list of the organisation has this slug."""
    wanted = select(MailingList).where(MailingList.organisation_id == organisation_id, MailingList.slug == slug)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("list")
    return found


def list_counts(organisation_id: int) -> dict[int, int]:
    """List id -> how many people are on it now."""
    counted = (
        select(Subscription.list_id, func.count())
        .join(MailingList, MailingList.id == Subscription.list_id)
        .where(MailingList.organisation_id == organisation_id, Subscription.state == SubscriptionState.SUBSCRIBED)
        .group_by(Subscription.list_id)
    )
    return dict(session.execute(counted).all())


def subscriber_count(organisation_id: int) -> int:
    """How many people ever agreed to something and were not erased."""
    return session.scalar(select(func.count()).where(Subscriber.organisation_id == organisation_id)) or 0


def people(
    organisation_id: int, *, list_id: int | None = None, older_than: str = "", newer_than: str = ""
) -> PeoplePage:
    """One page of people, all or those on a list; the cursors are uids of recipients.

    Raises:
        NotFound: a cursor of another organisation.
    """
    wanted = select(Subscriber, Recipient).join(Recipient, Recipient.id == Subscriber.recipient_id)
    wanted = wanted.where(Subscriber.organisation_id == organisation_id)
    if list_id is not None:
        on_list = select(Subscription.recipient_id).where(
            Subscription.list_id == list_id, Subscription.state == SubscriptionState.SUBSCRIBED
        )
        wanted = wanted.where(Subscriber.recipient_id.in_(on_list))
    return _page(_cut(wanted, organisation_id, older_than, newer_than), older_than, newer_than)


def person(organisation_id: int, uid: str) -> PersonOnLists:
    """Raises NotFound: no subscriber of the organisation has a recipient with this uid."""
    wanted = select(Subscriber, Recipient).join(Recipient, Recipient.id == Subscriber.recipient_id)
    found = session.execute(wanted.where(Subscriber.organisation_id == organisation_id, Recipient.uid == uid)).first()
    if found is None:
        raise NotFound("person")
    return _on_lists(*found)


def person_of(recipient_id: int) -> PersonOnLists:
    """Raises NotFound: nobody with this id agreed to anything (a token outlives an erased person)."""
    subscriber = session.scalar(select(Subscriber).where(Subscriber.recipient_id == recipient_id))
    if subscriber is None:
        raise NotFound("person")
    return _on_lists(subscriber, session.get_one(Recipient, recipient_id))


def lists_of(recipient_id: int) -> list[int]:
    """The ids of the lists that a recipient is on."""
    wanted = select(Subscription.list_id).where(
        Subscription.recipient_id == recipient_id, Subscription.state == SubscriptionState.SUBSCRIBED
    )
    return list(session.scalars(wanted.order_by(Subscription.list_id)))


def has_left_a_list(recipient_id: int) -> bool:
    """Whether a recipient is off a list that they were on."""
    wanted = select(Subscription.id).where(
        Subscription.recipient_id == recipient_id, Subscription.state == SubscriptionState.LEFT
    )
    return session.scalar(wanted.limit(1)) is not None


def left_at(recipient_id: int, moment: datetime) -> list[int]:
    """The ids of the lists that a recipient left at exactly this moment and has not joined since."""
    wanted = select(Subscription.list_id).where(
        Subscription.recipient_id == recipient_id,
        Subscription.state == SubscriptionState.LEFT,
        Subscription.changed_at == moment,
    )
    return list(session.scalars(wanted))


def consent_history(recipient_id: int) -> Sequence[Consent]:
    """Everything a recipient agreed to and withdrew, the newest first."""
    wanted = select(Consent).where(Consent.recipient_id == recipient_id)
    return session.scalars(wanted.order_by(Consent.at.desc(), Consent.id.desc())).all()


def has_withdrawn(person: PersonOnLists) -> bool:
    """Whether they asked, by leaving everything or by a complaint, not to be mailed at all."""
    return person.suppression is not None and person.suppression.reason in _OWN_WISH


def withdrew_since(recipient: Recipient, moment: datetime) -> bool:
    """Whether they asked at ``moment`` or later not to be mailed at all, and did not come back."""
    found = suppression_of(recipient.organisation_id, recipient.address_index)
    return found is not None and found.reason in _OWN_WISH and found.created_at >= moment


def left_since(recipient_id: int, moment: datetime) -> list[tuple[int | None, str]]:
    """Each list that a recipient left at ``moment`` or later and has not joined again, with the method."""
    wanted = (
        select(Consent.list_id, Consent.method)
        .join(
            Subscription,
            and_(Subscription.recipient_id == Consent.recipient_id, Subscription.list_id == Consent.list_id),
        )
        .where(
            Consent.recipient_id == recipient_id,
            Consent.action == ConsentAction.WITHDRAWN,
            Consent.at >= moment,
            Subscription.state == SubscriptionState.LEFT,
        )
    )
    return [(list_id, method) for list_id, method in session.execute(wanted)]


def _on_lists(subscriber: Subscriber, recipient: Recipient) -> PersonOnLists:
    states = select(Subscription.list_id, Subscription.state).where(Subscription.recipient_id == recipient.id)
    return PersonOnLists(
        uid=recipient.uid,
        recipient=recipient,
        contact=contact_of(recipient),
        since=subscriber.created_at,
        states=dict(session.execute(states).all()),
        suppression=suppression_of(recipient.organisation_id, recipient.address_index),
    )


def _cut(
    wanted: Select[Subscriber, Recipient], organisation_id: int, older_than: str, newer_than: str
) -> Select[Subscriber, Recipient]:
    """One row more than a page, from the cursor on, in the direction asked for."""
    if newer_than:
        later = Subscriber.id > _cursor(organisation_id, newer_than)
        return wanted.where(later).order_by(Subscriber.id).limit(PAGE + 1)
    if older_than:
        wanted = wanted.where(Subscriber.id < _cursor(organisation_id, older_than))
    return wanted.order_by(Subscriber.id.desc()).limit(PAGE + 1)


def _page(wanted: Select[Subscriber, Recipient], older_than: str, newer_than: str) -> PeoplePage:
    rows = session.execute(wanted).all()
    more, shown = len(rows) > PAGE, rows[:PAGE]
    if newer_than:
        shown = shown[::-1]
    found = tuple(
        PersonRef(recipient.uid, contact_of(recipient), recipient.language, subscriber.created_at)
        for subscriber, recipient in shown
    )
    has_newer = bool(older_than) or (bool(newer_than) and more)
    has_older = bool(newer_than) or more
    return PeoplePage(
        people=found,
        newer=found[0].uid if found and has_newer else None,
        older=found[-1].uid if found and has_older else None,
    )


def _cursor(organisation_id: int, uid: str) -> int:
    wanted = select(Subscriber.id).join(Recipient, Recipient.id == Subscriber.recipient_id)
    found = session.scalar(wanted.where(Subscriber.organisation_id == organisation_id, Recipient.uid == uid))
    if found is None:
        raise NotFound("page")
    return found
