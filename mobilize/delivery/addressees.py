"""The people of a message of service mail, and what their copies hold; checked before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.delivery.bases import Basis
from mobilize.delivery.mime.codes import is_code
from mobilize.delivery.personal import Personal, PersonalLink


@dataclass(frozen=True, slots=True)
class Addressee:
    """One person of a message to many, and what only their copy holds (see ``send``)."""

    recipient_id: int
    language: str
    facts: Mapping[str, str] = field(default_factory=dict)
    personal_links: Mapping[str, PersonalLink] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    basis: Basis | None = None

    @property
    def personal(self) -> Personal:
        return Personal(self.facts, self.personal_links, self.codes)


@dataclass(frozen=True, slots=True)
class Common:
    """What every copy in one language holds: ``facts`` that tell nothing of a person, kept in the content.

    ``calendar`` is an entry (RFC 5545) without an attendee, see ``mime.calendar.read_calendar``.
    """

    facts: Mapping[str, str] = field(default_factory=dict)
    calendar: str = ""


def once_each(rows: Iterable[Addressee]) -> list[Addressee]:
    """Everybody once, in the order given.

    Raises:
        Conflict: somebody has two rows that differ: it is not for us to choose what they are told.
    """
    found: dict[int, Addressee] = {}
    for row in rows:
        if found.setdefault(row.recipient_id, row) != row:
            raise Conflict(f"recipient {row.recipient_id} has two different rows in one message")
    return [*found.values()]


def names_of(people: Sequence[Addressee]) -> frozenset[str]:
    """The names of the values that all rows carry.

    Raises:
        Refused: a row lacks one that others have; only the worker would have noticed, when the others had left.
    """
    each = {person.personal.names for person in people}
    every = frozenset().union(*each)
    for names in each:
        if missing := every - names:
            raise Refused(min(missing), _("This email needs a value here"))
    return every


def code_names(people: Sequence[Addressee]) -> frozenset[str]:
    """The names of the codes that all rows carry, and no other value has.

    Raises:
        Refused: one is empty, or too long to be scanned.
    """
    pairs = [(name, code) for person in people for name, code in person.codes.items()]
    for name, code in pairs:
        if not is_code(code):
            raise Refused(name, _("This cannot be shown as a QR code"))
    return frozenset(name for name, _code in pairs)
