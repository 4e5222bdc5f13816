"""What somebody does under a call: as it was typed, and as it is kept until it is confirmed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mobilize.visitors.models import VisitorRequest
from mobilize.visitors.requests import payload_of

KIND = "act"


@dataclass(frozen=True)
class Given:
    """What the target sees of the person; ``name`` may be initials. ``wording`` is what the page said of it."""

    name: str = ""
    place: str = ""
    country: str = ""
    wording: str = ""


@dataclass(frozen=True)
class Agreed:
    """Mail that the person also asked for: a list, the words that stood beside the box, and their version."""

    list_id: int
    words: str
    version: int


@dataclass(frozen=True)
class Asked:
    """What the link in the mail will do."""

    given: Given
    agreed: Agreed | None = None

    def payload(self) -> dict[str, Any]:
        """As it is kept until the mailbox's owner confirms."""
        found: dict[str, Any] = asdict(self.given)
        return found | ({"list": asdict(self.agreed)} if self.agreed else {})


def asked_in(request: VisitorRequest) -> Asked:
    """What was asked for in a request of this feature."""
    payload = payload_of(request)
    agreed = payload.pop("list", None)
    return Asked(Given(**payload), Agreed(**agreed) if agreed else None)
