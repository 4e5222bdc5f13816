"""What mail can be tied to: things with moments (an event starts) and with people (who is registered for it).

A feature names its ``Anchor`` values; audiences, schedules and their pages read them and know no feature by name. They
are names of ``core.feature``, which a feature imports them from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a command that needs no database must not load SQLAlchemy
    from sqlalchemy import Select


@dataclass(frozen=True)
class Moment:
    """A named moment of a thing. ``at`` is UTC; known to the day only (``is_day``) it is the day's first instant."""

    at: datetime
    zone: str
    is_day: bool = False


@dataclass(frozen=True)
class Anchored:
    """One thing that mail is tied to, as it is now. ``moments`` lacks what is not known (yet, or any more).

    ``is_off``: it will not take place, so no rule tied to it fires again. ``is_public``: its mail may go out at all.
    ``languages`` are those it has texts in, the organisation's default first.
    """

    kind: str
    uid: str
    slug: str
    title: str
    url: str
    zone: str
    moments: Mapping[str, Moment]
    is_off: bool
    is_public: bool
    languages: tuple[str, ...]

    @property
    def ref(self) -> str:
        """``kind:uid``, as ledger and rules name it."""
        return f"{self.kind}:{self.uid}"


@dataclass(frozen=True, eq=False)
class Group:
    """People whom something entitles to mail about a thing, such as those who are registered to take part online.

    ``people(organisation_id, uid)`` selects ``recipient_id`` and ``basis_id``, one row a person; ``basis`` is a
    ``delivery.models.BasisKind``. ``footer`` says to them why they get it, with ``%(title)s``, and ``own_page`` what it
    calls the page of their own about it (``Feature.basis_links``).
    """

    label: object
    basis: str
    footer: object
    people: Callable[[int, str], Select[int, int]]
    own_page: object = ""


@dataclass(frozen=True, eq=False)
class Anchor:
    """A kind of thing that mail is tied to. ``find(organisation_id, uids)`` gives those that are there, by uid.

    ``moments`` and ``groups`` are by name; the words of a moment follow "before" and "after". ``hold(uid, changes)``
    locks its row until the commit: shared for who writes mail about it, alone (``changes``) for who changes it.
    """

    kind: str
    label: object
    find: Callable[[int, Collection[str]], Mapping[str, Anchored]]
    hold: Callable[[str, bool], None]
    moments: Mapping[str, object]
    groups: Mapping[str, Group]
