"""The audience of a mailing in keyset pages, for one ``INSERT … SELECT`` each.

A page reads its subscriptions ``FOR SHARE``: whoever leaves meanwhile either is not on the page, or waits until the
page is committed and then finds the ledger row to revoke.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Case, ColumnElement, Select, case, func, literal, select, union

from mobilize.core.db import BigId, session
from mobilize.core.i18n import supported
from mobilize.core.id_lists import one_of
from mobilize.delivery.models import Recipient
from mobilize.subscribers.models import Subscription, SubscriptionState

PAGE_SIZE = 4_000


@dataclass(frozen=True, slots=True)
class AudiencePage:
    """People of one page; ``last_id`` is where the next one begins; ``languages`` are the tags that they chose."""

    list_ids: tuple[int, ...]
    recipient_ids: tuple[int, ...]
    languages: frozenset[str]
    last_id: int

    def rows(self, contents: Mapping[str, int], default_language: str) -> Select[int, int, bytes, int | None]:
        """(recipient_id, content_id, domain_index, basis_id), one a person, basis being the lowest list they are on.

        ``contents`` gives the content of each language; falls back exact, base, default.
        """
        return select(
            Recipient.id.label("recipient_id"),
            _content_of(self.languages, contents, default_language).label("content_id"),
            Recipient.domain_index.label("domain_index"),
            _lowest_list(self.list_ids).label("basis_id"),
        ).where(one_of(Recipient.id, self.recipient_ids))


def next_page(
    organisation_id: int, list_ids: Sequence[int], after: int, *, size: int = PAGE_SIZE
) -> AudiencePage | None:
    """The next people by id, at most ``size``, locked until the unit ends; ``None`` when nobody is left.

    A page may hold nobody: everyone on it left between two reads.
    """
    last_id = _upper_bound(list_ids, after, size)
    if last_id is None:
        return None
    session.scalar(_people_held(list_ids, after, last_id))
    found = session.execute(_locked(organisation_id, list_ids, after, last_id)).all()
    return AudiencePage(
        tuple(list_ids),
        tuple(dict.fromkeys(row.recipient_id for row in found)),
        frozenset(row.language for row in found),
        last_id,
    )


def _upper_bound(list_ids: Sequence[int], after: int, size: int) -> int | None:
    """The id that closes the page: each list gives its own next ids by index, whatever the size of the others."""
    if not list_ids:
        return None
    each = [
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
    merged = union(*each).subquery()
    ids = select(merged.c.recipient_id).order_by(merged.c.recipient_id).limit(size).subquery()
    last_id: int | None = session.scalar(select(func.max(ids.c.recipient_id)))
    return last_id


def _people_held(list_ids: Sequence[int], after: int, last_id: int) -> Select[int]:
    """Locks people, to be followed by what they subscribe to: the order in which whoever leaves takes their locks."""
    subscribed = select(Subscription.recipient_id).where(
        Subscription.list_id.in_(list_ids),
        Subscription.state == SubscriptionState.SUBSCRIBED,
        Subscription.recipient_id > after,
        Subscription.recipient_id <= last_id,
    )
    chosen = select(Recipient.id).where(Recipient.id.in_(subscribed)).order_by(Recipient.id)
    return select(func.count()).select_from(chosen.with_for_update(read=True, key_share=True).subquery())


def _locked(organisation_id: int, list_ids: Sequence[int], after: int, last_id: int) -> Select[int, int, str]:
    """In one order for every launch, so that two of them wait for each other instead of blocking both."""
    return (
        select(Subscription.recipient_id, Subscription.list_id, Recipient.language)
        .join(Recipient, Recipient.id == Subscription.recipient_id)
        .where(
            Subscription.list_id.in_(list_ids),
            Subscription.state == SubscriptionState.SUBSCRIBED,
            Subscription.recipient_id > after,
            Subscription.recipient_id <= last_id,
            Recipient.organisation_id == organisation_id,
        )
        .order_by(Subscription.recipient_id, Subscription.list_id)
        .with_for_update(read=True, of=Subscription)
    )


def _content_of(languages: frozenset[str], contents: Mapping[str, int], default_language: str) -> Case[int]:
    """The content of each tag on the page, decided by the one rule for languages."""
    chosen = {tag: contents[supported(tag, contents, default_language)] for tag in sorted(languages)}
    default = literal(contents[default_language], BigId)
    return case(
        {tag: literal(content, BigId) for tag, content in chosen.items()}, value=Recipient.language, else_=default
    )


def _lowest_list(list_ids: Sequence[int]) -> ColumnElement[int | None]:
    if len(list_ids) == 1:
        return literal(list_ids[0], BigId)
    return (
        select(func.min(Subscription.list_id))
        .where(
            Subscription.recipient_id == Recipient.id,
            Subscription.list_id.in_(list_ids),
            Subscription.state == SubscriptionState.SUBSCRIBED,
        )
        .scalar_subquery()
    )
