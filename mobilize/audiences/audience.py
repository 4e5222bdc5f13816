"""The audience of a mailing as a value: whom it names, how they are read, counted and told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from mobilize.audiences.pages import PAGE_SIZE, AudiencePage, next_page
from mobilize.audiences.queries import AudienceCount, anyone, count_people, numbers
from mobilize.core.db import session
from mobilize.core.i18n import _, current_language, show_list, text_in
from mobilize.core.id_lists import Packed, one_of
from mobilize.delivery.bases import Basis, list_basis
from mobilize.organisations.queries import brand
from mobilize.subscribers.models import Subscription, SubscriptionState
from mobilize.subscribers.queries import lists_by_id


@dataclass(frozen=True, slots=True)
class Audience:
    """People of one organisation who have a basis for a mailing, each once.

    A basis is being on one of ``lists`` (ids). ``without`` narrows: nobody on one of these lists gets it, whatever
    other list they are on. What narrows never entitles anybody.
    """

    organisation_id: int
    lists: tuple[int, ...] = ()
    without: tuple[int, ...] = ()

    @classmethod
    def of(cls, organisation_id: int, lists: Iterable[int], without: Iterable[int] = ()) -> Audience:
        """Of lists in any order; the one with the lowest id entitles whoever is on several."""
        return cls(organisation_id, tuple(sorted(set(lists))), tuple(sorted(set(without))))

    @classmethod
    def from_json(cls, organisation_id: int, stored: Mapping[str, Sequence[int]]) -> Audience:
        """The reverse of ``to_json``."""
        return cls(organisation_id, tuple(stored["lists"]), tuple(stored["without"]))

    def to_json(self) -> dict[str, Any]:
        """As a row of its organisation stores it."""
        return {"lists": list(self.lists), "without": list(self.without)}

    @property
    def bases(self) -> list[Basis]:
        """What entitles people to it, in the order in which they do."""
        return [list_basis(list_id) for list_id in self.lists]

    def page(self, after: int, *, size: int = PAGE_SIZE) -> AudiencePage | None:
        """The next people by id, at most ``size``, locked until the unit ends; ``None`` when nobody is left.

        A page may hold nobody: those on it are left out, or left between two reads.
        """
        return next_page(self.organisation_id, self.lists, self._entitled, after, size=size)

    def count(self) -> int:
        """How many people it is, suppressed ones included; read from their subscriptions, not from any ledger."""
        return count_people(self._people())

    def numbers(self) -> AudienceCount:
        """``count`` with what a campaigner asks next: in which languages, and how many are held back."""
        return numbers(self._people())

    def anyone(self) -> AudienceCount:
        """``numbers`` where all that matters is whether there is anybody: at most one person, of no language."""
        return anyone(self._people())

    def describe(self) -> str:
        """Its people in words of the current language, such as ``"Newsletter and Events, but nobody on Press"``."""
        lists, others = self._names(self.lists), self._names(self.without)
        return _("%(lists)s, but nobody on %(others)s", lists=lists, others=others) if others else lists

    def why(self, recipient_id: int) -> Basis | None:
        """What entitles this person to it now; ``None``: they are not among its people."""
        found = session.execute(self._entitled([recipient_id])).first()
        return None if found is None else list_basis(found.basis_id)

    def _people(self) -> Select[int]:
        """Everybody on one of the lists, as often as they are."""
        return select(Subscription.recipient_id).where(_is_on(self.lists), *self._narrowed())

    def _entitled(self, people: Iterable[int] | Packed) -> Select[int, int]:
        """(recipient_id, basis_id) of those of ``people`` who are on one of the lists, and the lowest such list."""
        return (
            select(Subscription.recipient_id, func.min(Subscription.list_id).label("basis_id"))
            .where(one_of(Subscription.recipient_id, people), _is_on(self.lists), *self._narrowed())
            .group_by(Subscription.recipient_id)
        )

    def _narrowed(self) -> list[ColumnElement[bool]]:
        """What the person of a subscription has to meet besides; nothing is asked where nothing narrows."""
        if not self.without:
            return []
        other = aliased(Subscription)
        left_out = select(other.id).where(other.recipient_id == Subscription.recipient_id, _is_on(self.without, other))
        return [~left_out.exists()]

    def _names(self, list_ids: Sequence[int]) -> str:
        default = brand(self.organisation_id).default_language
        rows = lists_by_id(list_ids, self.organisation_id)
        return show_list(text_in(row.names, current_language(), default) for row in rows)


def _is_on(list_ids: Sequence[int], of: type[Subscription] = Subscription) -> ColumnElement[bool]:
    return of.list_id.in_(list_ids) & (of.state == SubscriptionState.SUBSCRIBED)
