"""What a visitor asks for, as it was typed and as it is kept until the owner of the mailbox confirms."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from mobilize.events.models import Attendance
from mobilize.events.registrations.models import EntryChoice
from mobilize.questions.pending import Pending
from mobilize.visitors.models import VisitorRequest
from mobilize.visitors.requests import payload_of

KIND = "registration"


@dataclass(frozen=True)
class Place:
    """What confirming will do; ``wording`` is what the visitor's page said of their data.

    ``group`` is the uid of a ``RegistrationGroup``, or empty; ``answers`` are those to the event's questions. It is for
    ``party`` people; with ``wait`` they wait for seats if the room is full.
    """

    first_name: str
    last_name: str
    attendance: Attendance
    wording: str
    group: str = ""
    entry: EntryChoice = EntryChoice.EVENT
    answers: Pending = field(default_factory=list)
    party: int = 1
    wait: bool = False

    def payload(self) -> dict[str, Any]:
        return {**asdict(self), "attendance": self.attendance.value, "entry": self.entry.value}


def place_of(request: VisitorRequest) -> Place:
    """What was asked for in a request of this feature."""
    kept = payload_of(request)
    entry = EntryChoice(kept.get("entry", EntryChoice.EVENT))
    return Place(**{**kept, "attendance": Attendance(kept["attendance"]), "entry": entry})
