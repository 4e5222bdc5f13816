"""Parts of pages that several features fill: the bar, tabs, entries, and what is added to another feature's thing.

They are names of ``core.feature``, which a feature imports them from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol


def _none() -> Mapping[Any, Any]:
    return MappingProxyType({})


class Noun(StrEnum):
    """The places of the studio's bar; a feature's pages stand under one of them."""

    HOME = "home"
    MAILINGS = "mailings"
    CALENDAR = "calendar"
    PEOPLE = "people"
    ACTIONS = "actions"
    INSIGHTS = "insights"
    SETTINGS = "settings"


@dataclass(frozen=True)
class Place:
    """A staff page that the bar or a noun's tabs lead to: ``/studio/<org>/<path>``, shown to whom its view admits.

    The bar leads to the first of a noun's pages by ``order``; several of them are tabs.
    """

    noun: Noun
    label: object
    endpoint: str
    path: str
    order: int = 50


@dataclass(frozen=True)
class Tab:
    """A staff page about one thing of a kind (``event``), shown beside its other pages to whom its view admits.

    ``endpoint`` takes the thing's own values, those that every tab of the kind takes.
    """

    of: str
    label: object
    endpoint: str
    order: int = 50


class Spot(StrEnum):
    """Where an entry stands: a part of the studio's home page."""

    NEXT = "next"
    """What has a time, the soonest first."""
    NOW = "now"
    """What is under way."""
    DONE = "done"
    """What ended lately, the newest first."""
    NEEDS = "needs"
    """What waits for somebody."""


class House(Protocol):
    """The organisation whose page it is."""

    @property
    def id(self) -> int: ...
    @property
    def slug(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line on a page that several features fill; ``url`` leads to the thing, ``figure`` is its number in words.

    ``tone`` and ``icon`` are those of ``templates/ui``; ``state``, ``counts`` and ``total`` draw a bar of progress, and
    ``moves`` has the page ask again soon. It is shown to whoever has ``permission``, or to every member.
    """

    uid: str
    title: str
    url: str
    text: str = ""
    figure: str = ""
    at: datetime | None = None
    zone: str = "UTC"
    tone: str = ""
    icon: str = ""
    state: str = ""
    counts: Mapping[str, int] = field(default_factory=_none)
    total: int = 0
    moves: bool = False
    permission: str = ""


@dataclass(frozen=True)
class SettingsPage:
    """A tab of the organisation's settings: ``/studio/<org>/<path>``, shown to whom its view admits."""

    label: object
    endpoint: str
    path: str
    order: int = 50


@dataclass(frozen=True)
class Addition:
    """What an upper feature adds to a thing of a lower one: a call to action of an appeal.

    ``ref`` is its ``kind:uid``. ``fingerprint`` changes with whatever of it a second person approves together with the
    thing. ``entry`` stands on the thing's pages; ``is_public``: on that of visitors, too, while the thing may ask.
    """

    ref: str
    fingerprint: str
    entry: Entry
    is_public: bool


Additions = Callable[[House, str], Iterator[Addition]]
"""What is added to the thing of this uid, in the order in which it stands on its page."""
