"""What features hold about people: the types of a person's page, export, erasure, and overview of what is kept.

They are names of ``core.feature``, which a feature imports them from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Said:
    """A value that programs read, with the words that people read for it; ``url`` leads staff to the thing itself."""

    value: str
    words: object
    url: str = ""


class Address(str):
    """A mail address: a page of the studio masks it, an export shows it."""

    __slots__ = ()


Value = str | int | bool | datetime | Said | None


@dataclass(frozen=True)
class Section:
    """What a feature holds about a person, as one table of their page and of their export.

    ``columns`` gives each key of a row its heading; ``name`` and the keys are those of the export as JSON.
    """

    name: str
    title: object
    columns: Mapping[str, object]
    rows: Sequence[Mapping[str, Value]]

    @property
    def headings(self) -> list[Mapping[str, object]]:
        """The columns as ``templates/ui/table.html`` takes them."""
        return [{"label": label} for label in self.columns.values()]


def _closes_nothing(_recipient_id: int, _address: str) -> None:
    return None


@dataclass(frozen=True)
class PersonalData:
    """What a feature holds about people, by the ids of their recipients, and how it lets go of it.

    ``held(recipient_ids)`` gives the sections of one person. ``close(recipient_id, address)`` runs in the first commit
    of an erasure, while the address is still known: it ends at once what could act for the person (a request that
    waits, a subscription). ``erase(recipient_id)`` runs afterwards in writing units of its own, each small, until it
    returns false; a unit that was killed is run again.
    """

    held: Callable[[Sequence[int]], Sequence[Section]]
    erase: Callable[[int], bool]
    close: Callable[[int, str], None] = _closes_nothing


@dataclass(frozen=True)
class Kept:
    """A line of the overview of what is kept until when; ``step`` is the step of the clock that ends it, if one does.

    ``about`` what it is about people, ``until`` when it goes, both in words.
    """

    about: object
    until: object
    step: str = ""


SubjectNames = Callable[[Collection[int]], Mapping[int, str]]
"""What rows are called, by id, in the reader's language; those that are gone are left out."""


@dataclass(frozen=True)
class Confirmation:
    """One kind of request that a visitor confirms by mail (``visitors.requests``): what it is for, in words.

    ``names`` gives what its subjects are called. The feature that names the kind owns the page behind the mailed link.
    """

    label: object
    names: SubjectNames
