"""The pages that are photographed and checked. Add a line for a new page."""

from __future__ import annotations

from dataclasses import dataclass

ORGANISATION = "brussels"


@dataclass(frozen=True)
class Page:
    """``name`` names the picture; ``staff`` pages are seen by the organisation's owner."""

    name: str
    path: str
    staff: bool = False


PAGES = (
    Page("front", "/"),
    Page("organisation", f"/{ORGANISATION}/"),
    Page("subscribe", f"/{ORGANISATION}/subscribe"),
    Page("not-found", f"/{ORGANISATION}/nothing-here"),
    Page("inbox", "/inbox/"),
    Page("login", "/studio/login"),
    Page("pieces", "/studio/ui", staff=True),
    Page("home", f"/studio/{ORGANISATION}/", staff=True),
)
