"""The audience of a mailing in keyset pages, for one ``INSERT … SELECT`` each.

A page locks its people, as whoever leaves locks themselves first: they either are not on the page, or wait until it is
committed and then find the ledger row to revoke. Nothing that was read before the locks is believed after them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, or_, select, union

from mobilize.core.db import BigId, session
from mobilize.core.i18n import supported
from mobilize.core.id_lists import Packed, gathered, packed
from mobilize.delivery.models import Recipient
from mobilize.delivery.variants import Variant
from mobilize.subscribers.models import Subscription, SubscriptionState

PAGE_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class AudiencePage:
    """People after one id up to ``last_id``, where the next page begins; ``languages`` are the tags that they chose.

    ``held`` are locked; ``people`` of them are ``entitled`` (recipient_id, basis_id). The others are left out by the
    audience, or left while the lock was waited for. ``entitled`` also has ``basis_kind`` unless all bases are lists.
    """

    entitled: Select[*tuple[Any, ...]]
    held: Packed
    people: int
    languages: frozenset[str]
    after: int
    last_id: int

    def rows(self, contents: Mapping[Variant, int], default_language: str) -> Select[*tuple[Any, ...]]:
        """(recipient_id, content_id, basis_id), one a person; with ``basis_kind`` unless all bases are lists.

        ``contents`` gives the content of each variant; languages fall back exact, base, default.
        """
        entitled = self.entitled.subquery()
        return (
            select(
                Recipient.id.label("recipient_id"),
                _content_of(self.languages, contents, default_language).label("content_id"),
                *(column for column in entitled.c if column.key != "recipient_id"),
            )
            .join(entitled, entitled.c.recipient_id == Recipient.id)
            .where(Recipient.id > self.after, Recipient.id <= self.last_id)  # read in one run, whatever the statistics
        )


def next_page(
    organisation_id: int,
    list_ids: Sequence[int],
    entitled: Callable[[Packed], Select[*tuple[Any, ...]]],
    after: int,
    *,
    size: int = PAGE_SIZE,
    group: Select[int] | None = None,
) -> AudiencePage | None:
    """The next people of the lists and of a group (ids of recipients), locked (see ``Audience.page``).

    ``entitled`` says who of them has which basis.
    """
    last_id = _upper_bound(list_ids, group, after, size)
    if last_id is None:
        return None
    held, languages = session.execute(_people_held(organisation_id, list_ids, group, after, last_id)).one()
    found = entitled(held)
    people = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    return AudiencePage(found, held, people, frozenset(languages or ()), after, last_id)


def _upper_bound(list_ids: Sequence[int], group: Select[int] | None, after: int, size: int) -> int | None:
    """The id that closes the page: each list gives its own next ids by index, whatever the size of the others."""
    if not list_ids and group is None:
        return None
    each: list[Select[int]] = [
        select(
            select(Subscription.recipient_id)
            .where(
                Subscription.list_id == list_id,
                Subscription.state == SubscriptionState.SUBSCRIBED,
                Subscription.recipient_id > after,
            )
            .order_by(Subscription.recipient_id)
            .limit(size)
            .subquery()
        )
        for list_id in list_ids
    ]
    if group is not None:
        grouped = group.subquery()
        person = grouped.c.recipient_id
        each.append(select(select(person).where(person > after).order_by(person).limit(size).subquery()))
    merged = union(*each).subquery()
    ids = select(merged.c.recipient_id).order_by(merged.c.recipient_id).limit(size).subquery()
    last_id: int | None = session.scalar(select(func.max(ids.c.recipient_id)))
    return last_id


def _people_held(
    organisation_id: int, list_ids: Sequence[int], group: Select[int] | None, after: int, last_id: int
) -> Select[Any, Any]:
    """Locks people and gives their ids and languages.

    In one order for every launch and withdrawal, so that they wait for each other in turn.
    """
    subscribed = select(Subscription.recipient_id).where(
        Subscription.list_id.in_(list_ids),
        Subscription.state == SubscriptionState.SUBSCRIBED,
        Subscription.recipient_id > after,
        Subscription.recipient_id <= last_id,
    )
    among: ColumnElement[bool] = Recipient.id.in_(subscribed)
    if group is not None:
        in_group = Recipient.id.in_(select(group.subquery().c.recipient_id))
        among = or_(among, in_group) if list_ids else in_group
    held = (
        select(Recipient.id, Recipient.language)
        .where(among, Recipient.organisation_id == organisation_id)
        .where(Recipient.id > after, Recipient.id <= last_id)
        .order_by(Recipient.id)
        .with_for_update(read=True, key_share=True)
        .subquery()
    )
    return select(packed(held.c.id), gathered(held.c.language.distinct()))


def _content_of(
    languages: frozenset[str], contents: Mapping[Variant, int], default_language: str
) -> ColumnElement[int]:
    """The content of each tag on the page, decided by the one rule for languages."""
    written = [variant.language for variant in contents]
    chosen = {tag: contents[Variant(supported(tag, written, default_language))] for tag in sorted(languages)}
    default = literal(contents[Variant(default_language)], BigId)
    if not chosen:
        return default
    return case(
        {tag: literal(content, BigId) for tag, content in chosen.items()}, value=Recipient.language, else_=default
    )
