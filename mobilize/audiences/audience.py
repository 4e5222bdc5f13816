"""The audience of a mailing as a value: whom it names, how they are read, counted and told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, func, literal_column, select, union_all
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import SQLCoreOperations

from mobilize.actions.queries import doers, has_forgotten_doers, title_of_act
from mobilize.audiences.groups import describe_group, group_people
from mobilize.audiences.pages import PAGE_SIZE, AudiencePage, next_page
from mobilize.audiences.queries import AudienceCount, anyone, count_people, numbers, numbers_within
from mobilize.audiences.segments import describe_narrowed, narrowing, problem_of
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.i18n import _, current_language, show_list, text_in
from mobilize.core.id_lists import Packed, one_of
from mobilize.delivery.bases import Basis, list_basis
from mobilize.delivery.models import BasisKind
from mobilize.organisations.queries import brand
from mobilize.subscribers.models import Subscription, SubscriptionState
from mobilize.subscribers.queries import lists_by_id


@dataclass(frozen=True, slots=True)
class Audience:
    """People of one organisation who have a basis for a mailing, each once.

    A basis is being on one of ``lists`` (ids), or belonging to ``group``: people tied to a thing, named as
    ``kind:uid:group`` (``event:<uid>:online``). Who has both has the group's. ``without`` narrows: nobody on one of
    these lists gets it, whatever other list they are on. So do segments (ids): where ``segments`` are named, it is only
    for who is in one of them, and never for who is in one of ``without_segments``. What narrows never entitles anybody.
    ``ended_by`` is an act (``action:<uid>``, or ``appeal:<uid>`` for any act for it): nobody who did it gets the
    mailing, and doing it ends their copy if it waits.
    """

    organisation_id: int
    lists: tuple[int, ...] = ()
    without: tuple[int, ...] = ()
    group: str = ""
    segments: tuple[int, ...] = ()
    without_segments: tuple[int, ...] = ()
    ended_by: str = ""

    @classmethod
    def of(
        cls,
        organisation_id: int,
        lists: Iterable[int],
        without: Iterable[int] = (),
        segments: Iterable[int] = (),
        without_segments: Iterable[int] = (),
    ) -> Audience:
        """Of lists in any order; the one with the lowest id entitles whoever is on several."""
        found = (tuple(sorted(set(ids))) for ids in (lists, without, segments, without_segments))
        on, off, within, outside = found
        return cls(organisation_id, on, off, segments=within, without_segments=outside)

    @classmethod
    def from_json(cls, organisation_id: int, stored: Mapping[str, Any]) -> Audience:
        """The reverse of ``to_json``; what is not named is not stored."""
        names = ("lists", "without", "segments", "without_segments")
        ids = {name: tuple(stored.get(name, ())) for name in names}
        return cls(organisation_id, **ids, group=stored.get("group", ""), ended_by=stored.get("ended_by", ""))

    def to_json(self) -> dict[str, Any]:
        """As a row of its organisation stores it."""
        named = {"group": self.group, "segments": list(self.segments), "without_segments": list(self.without_segments)}
        named["ended_by"] = self.ended_by
        kept = {name: value for name, value in named.items() if value}
        return {"lists": list(self.lists), "without": list(self.without), **kept}

    @property
    def names_anybody(self) -> bool:
        """Whether it says at all who gets the mailing."""
        return bool(self.lists or self.group)

    @property
    def bases(self) -> list[Basis]:
        """The lists that entitle people, in the order in which they do. Each of a group has a basis of their own."""
        return [list_basis(list_id) for list_id in self.lists]

    @property
    def named_segments(self) -> tuple[int, ...]:
        """The segments that decide who gets it."""
        return (*self.segments, *self.without_segments)

    @property
    def names_segments(self) -> bool:
        return bool(self.named_segments)

    def segment_problem(self) -> str:
        """Why a segment of it, or who acted, cannot be asked, in words; blank if all can."""
        if self.ended_by and has_forgotten_doers(self.organisation_id, self.ended_by):
            return _("Who signed is not kept any more: only the numbers are")
        return problem_of(self.organisation_id, self.named_segments)

    def page(self, after: int, *, size: int = PAGE_SIZE) -> AudiencePage | None:
        """The next people by id, at most ``size``, locked until the unit ends; ``None`` when nobody is left.

        A page may hold nobody: those on it are left out, or left between two reads. Segments are asked anew for each.

        Raises:
            Refused: a segment cannot be asked any more.
        """
        if (self.names_segments or self.ended_by) and (problem := self.segment_problem()):
            raise Refused("segments", problem)
        return next_page(self.organisation_id, self.lists, self._entitled, after, size=size, group=self._group_ids())

    def count(self) -> int:
        """How many people it is, suppressed ones included; read from their subscriptions, not from any ledger."""
        return count_people(self._people())

    def numbers(self) -> AudienceCount:
        """``count`` with what a campaigner asks next: in which languages, and how many are held back."""
        return numbers(self._people())

    def numbers_within(self, seconds: float) -> AudienceCount | None:
        """``numbers``, or None where they take longer than so many seconds."""
        return numbers_within(self._people(), seconds)

    def anyone(self) -> AudienceCount:
        """``numbers`` where all that matters is whether there is anybody: at most one person, of no language."""
        return anyone(self._people(probes=True))

    def describe(self) -> str:
        """Its people in words of the current language, such as ``"Newsletter and Events, but nobody on Press"``."""
        lists, others = self._names(self.lists), self._names(self.without)
        if self.group:
            lists = show_list([describe_group(self.organisation_id, self.group), *([lists] if lists else [])])
        if others:
            lists = _("%(lists)s, but nobody on %(others)s", lists=lists, others=others)
        narrowed = describe_narrowed(self.organisation_id, lists, self.segments, self.without_segments)
        if not self.ended_by:
            return narrowed
        # Translators: who gets a mailing: people of a list, unless they signed the petition that is named.
        return _(
            "%(people)s who have not signed: %(title)s",
            people=narrowed,
            title=title_of_act(self.organisation_id, self.ended_by),
        )

    def why(self, recipient_id: int) -> Basis | None:
        """What entitles this person to it now; ``None``: they are not among its people."""
        found = session.execute(self._entitled([recipient_id])).mappings().first()
        if found is None:
            return None
        return Basis(BasisKind(found.get("basis_kind", BasisKind.LIST)), found["basis_id"])

    def _people(self, *, probes: bool = False) -> Select[int]:
        """Everybody on one of the lists or in the group, as often as they are."""
        on_lists = select(Subscription.recipient_id).where(
            _is_on(self.lists), *self._narrowed(Subscription.recipient_id, probes=probes)
        )
        group = self._group_ids()
        if group is None:
            return on_lists
        grouped = group.subquery()
        in_group = select(grouped.c.recipient_id).where(*self._narrowed(grouped.c.recipient_id, probes=probes))
        if not self.lists:
            return in_group
        return select(union_all(on_lists, in_group).subquery().c.recipient_id)

    def _entitled(self, people: Iterable[int] | Packed) -> Select[*tuple[Any, ...]]:
        """(recipient_id, basis_id) of those of ``people`` who are on one of the lists, and the lowest such list.

        With a group also ``basis_kind``, and those of the group with what entitles them there.
        """
        on_lists = (
            select(Subscription.recipient_id, func.min(Subscription.list_id).label("basis_id"))
            .where(one_of(Subscription.recipient_id, people), _is_on(self.lists))
            .where(*self._narrowed(Subscription.recipient_id))
            .group_by(Subscription.recipient_id)
        )
        if not self.group:
            return on_lists
        basis, selected = group_people(self.organisation_id, self.group)
        grouped = selected.subquery()
        in_group = select(grouped.c.recipient_id, grouped.c.basis_id, _kind(basis)).where(
            one_of(grouped.c.recipient_id, people), *self._narrowed(grouped.c.recipient_id)
        )
        if not self.lists:
            return in_group
        others = on_lists.add_columns(_kind(BasisKind.LIST)).where(
            Subscription.recipient_id.not_in(select(grouped.c.recipient_id))
        )
        return select(union_all(in_group, others).subquery())

    def _group_ids(self) -> Select[int] | None:
        """Recipient ids of the group; None where the audience names none."""
        if not self.group:
            return None
        return select(group_people(self.organisation_id, self.group)[1].subquery().c.recipient_id)

    def _narrowed(self, person: SQLCoreOperations[int], *, probes: bool = True) -> list[ColumnElement[bool]]:
        """What ``person`` (a column of recipient ids) has to meet besides; nothing is asked where nothing narrows."""
        found = []
        if self.without:
            other = aliased(Subscription)
            left_out = select(other.id).where(other.recipient_id == person, _is_on(self.without, other))
            found.append(~left_out.exists())
        if self.ended_by:
            acted = doers(self.organisation_id, self.ended_by, cast("ColumnElement[int]", person))
            found.append(~acted.exists())
        if self.names_segments:
            column = cast("ColumnElement[int]", person)
            found += narrowing(self.organisation_id, column, self.segments, self.without_segments, probes=probes)
        return found

    def _names(self, list_ids: Sequence[int]) -> str:
        default = brand(self.organisation_id).default_language
        rows = lists_by_id(list_ids, self.organisation_id)
        return show_list(text_in(row.names, current_language(), default) for row in rows)


def _is_on(list_ids: Sequence[int], of: type[Subscription] = Subscription) -> ColumnElement[bool]:
    return of.list_id.in_(list_ids) & (of.state == SubscriptionState.SUBSCRIBED)


def _kind(basis: BasisKind) -> ColumnElement[str]:
    return literal_column(f"'{basis.value}'").label("basis_kind")
