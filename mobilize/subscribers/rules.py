"""What decides without reading or writing: who a line of a file is, and what an import makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mobilize.core import i18n, text
from mobilize.delivery.recipients import Contact
from mobilize.questions.rules import Asked, Value, read_cell
from mobilize.subscribers.models import SubscriptionState

NAME_LENGTH = 100
EVERYTHING = 0
"""In an unsubscribe token: the mail hangs on no single list, leaving means leaving all."""


@dataclass(frozen=True)
class Person:
    """One valid line of a file; blank names and a blank language say nothing.

    ``other_language`` is one that the line states and the organisation does not write in; ``language`` is then blank.
    ``answers`` are by question id.
    """

    line: int
    contact: Contact
    language: str
    other_language: str = ""
    answers: Mapping[int, Value] = field(default_factory=dict)


def person(line: int, cells: Mapping[str, str], languages: Sequence[str], fields: Sequence[Asked] = ()) -> Person:
    """The person on a line; ``languages`` and ``fields`` are those of the organisation.

    Raises:
        Refused: a value that does not hold, with its column.
    """
    language = text.one_line("language", cells.get("language", ""), at_most=12)
    spoken = i18n.supported(language, languages, "")
    contact = Contact(
        email=text.mail_address("email", cells.get("email", "")),
        first_name=text.one_line("first_name", cells.get("first_name", ""), at_most=NAME_LENGTH),
        last_name=text.one_line("last_name", cells.get("last_name", ""), at_most=NAME_LENGTH),
    )
    answers = {one.id: read_cell(one, cells.get(one.slug, "")) for one in fields}
    given = {key: value for key, value in answers.items() if value is not None}
    return Person(line, contact, spoken, language if language and not spoken else "", given)


@dataclass(frozen=True)
class Known:
    """What the database holds of a person: ``state`` is theirs on the list of the import."""

    recipient_id: int
    recipient_uid: str
    contact: Contact
    language: str
    is_subscriber: bool
    state: SubscriptionState | None
    answers: Mapping[int, Value] = field(default_factory=dict)


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SUPPRESSED = "suppressed"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Change:
    """What an import does for one person."""

    person: Person
    known: Known | None
    outcome: Outcome
    contact: Contact
    language: str

    @property
    def joins(self) -> bool:
        """Whether they come onto the list."""
        return self.outcome is not Outcome.SUPPRESSED and (self.known is None or self.known.state is None)

    @property
    def is_new(self) -> bool:
        """Whether nobody with this address is known yet."""
        return self.known is None and self.outcome is Outcome.CREATED

    @property
    def becomes_subscriber(self) -> bool:
        """Whether they had agreed to nothing before."""
        return self.outcome is Outcome.CREATED

    @property
    def answers(self) -> Mapping[int, Value]:
        """What is kept of the answers that the line states; blank cells keep what is known."""
        return self.person.answers if self.outcome in {Outcome.CREATED, Outcome.UPDATED} else {}

    @property
    def rewrites(self) -> bool:
        """Whether what is known of them changes."""
        differs = self.known is not None and (self.contact, self.language) != (self.known.contact, self.known.language)
        return differs and self.outcome in {Outcome.CREATED, Outcome.UPDATED}


def change(person: Person, known: Known | None, default_language: str, *, suppressed: bool) -> Change:
    """What becomes of a line. Who left, complained or bounced stays away: a file proves no new wish."""
    if known is None:
        outcome = Outcome.SUPPRESSED if suppressed else Outcome.CREATED
        return Change(person, None, outcome, person.contact, person.language or default_language)
    contact = known.contact._replace(**_given(person.contact))
    language = person.language or known.language
    answers_differ = any(known.answers.get(key) != value for key, value in person.answers.items())
    if suppressed or known.state is SubscriptionState.LEFT:
        outcome = Outcome.SUPPRESSED
    elif not known.is_subscriber:
        outcome = Outcome.CREATED
    elif known.state is None or (contact, language) != (known.contact, known.language) or answers_differ:
        outcome = Outcome.UPDATED
    else:
        outcome = Outcome.UNCHANGED
    return Change(person, known, outcome, contact, language)


def _given(contact: Contact) -> dict[str, str]:
    """The names that a line states; blank cells keep what is known."""
    names = {"first_name": contact.first_name, "last_name": contact.last_name}
    return {column: name for column, name in names.items() if name}
