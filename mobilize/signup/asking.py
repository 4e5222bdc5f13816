"""What a sign-up asks for, as it was typed and as it is kept with the visitor's request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mobilize.questions.pending import Pending
from mobilize.visitors.models import VisitorRequest
from mobilize.visitors.requests import payload_of

KIND = "signup"


@dataclass(frozen=True)
class AskedFor:
    """What the link in the mail will do; ``words`` are what the visitor's page asked them to agree to."""

    first_name: str
    last_name: str
    list_ids: Sequence[int]
    wording_id: int
    words: str = ""
    answers: Pending = field(default_factory=list)


@dataclass(frozen=True)
class Submission:
    """What a visitor typed, checked, and the language of the page on which they did."""

    address: str
    language: str
    asked: AskedFor

    def payload(self) -> dict[str, Any]:
        """What is kept until the mailbox's owner confirms."""
        return asdict(self.asked)


def asked_for(request: VisitorRequest) -> AskedFor:
    """What was asked for in a request of this feature."""
    return AskedFor(**payload_of(request))
