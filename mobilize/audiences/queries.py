"""Counting people from their subscriptions, independently of any ledger; the lists that a mailing may go to.

``people`` is a select of recipient ids, each as often as it comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select

from mobilize.audiences.counting import rows_within
from mobilize.core.db import session
from mobilize.delivery.models import Recipient, Suppression
from mobilize.subscribers.models import MailingList, Subscription, SubscriptionState

_HELD_BACK = and_(
    Suppression.organisation_id == Recipient.organisation_id, Suppression.address_index == Recipient.address_index
)


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """People, each counted once; ``held_back`` of them are suppressed and get nothing."""

    people: int
    held_back: int
    by_language: Mapping[str, int]

    @property
    def reached(self) -> int:
        return self.people - self.held_back


@dataclass(frozen=True, slots=True)
class ListChoice:
    """A list of an organisation, with the people on it; names by language."""

    id: int
    slug: str
    names: Mapping[str, str]
    people: int


def count_people(people: Select[int]) -> int:
    """How many they are, suppressed ones included."""
    return session.scalar(select(func.count()).select_from(people.distinct().subquery())) or 0


def numbers(people: Select[int]) -> AudienceCount:
    """``count_people``, with their languages and how many of them are held back."""
    return _added(session.execute(by_language(people)).all())


def numbers_within(people: Select[int], seconds: float) -> AudienceCount | None:
    """``numbers``, or None where they take longer than so many seconds."""
    rows = rows_within(by_language(people), seconds)
    return None if rows is None else _added(rows)


def _added(rows: Sequence[Any]) -> AudienceCount:
    return AudienceCount(
        people=sum(people for _language, people, _held_back in rows),
        held_back=sum(held_back for _language, _people, held_back in rows),
        by_language={language: people for language, people, _held_back in rows},
    )


def anyone(people: Select[int]) -> AudienceCount:
    """At most one person, of no language, and held back if all of them are."""
    each = people.subquery()
    free = select(Recipient.id).join(each, each.c.recipient_id == Recipient.id).outerjoin(Suppression, _HELD_BACK)
    found = session.execute(select(people.exists(), free.where(Suppression.id.is_(None)).exists())).one()
    there, reached = map(int, found)
    return AudienceCount(people=there, held_back=there - reached, by_language={})


def list_choices(organisation_id: int) -> list[ListChoice]:
    """Every list of the organisation in its own order."""
    people = (
        select(func.count())
        .where(Subscription.list_id == MailingList.id, Subscription.state == SubscriptionState.SUBSCRIBED)
        .scalar_subquery()
    )
    rows = session.execute(
        select(MailingList.id, MailingList.slug, MailingList.names, people)
        .where(MailingList.organisation_id == organisation_id)
        .order_by(MailingList.position, MailingList.id)
    )
    return [ListChoice(*row) for row in rows]


def list_ids_by_slug(organisation_id: int, slugs: Sequence[str]) -> dict[str, int]:
    """The ids of those slugs that are lists of the organisation."""
    rows = session.execute(
        select(MailingList.slug, MailingList.id).where(
            MailingList.organisation_id == organisation_id, MailingList.slug.in_(slugs)
        )
    )
    return {row[0]: row[1] for row in rows}


def by_language(people: Select[int]) -> Select[str, int, int]:
    """Of each language how many people, and how many of them are suppressed."""
    return (
        select(Recipient.language, func.count(), func.count(Suppression.id))
        .outerjoin(Suppression, _HELD_BACK)
        .where(Recipient.id.in_(people))
        .group_by(Recipient.language)
        .order_by(func.count().desc(), Recipient.language)
    )
