"""The pages that are photographed and checked. Add a line for a new page."""

from __future__ import annotations

from dataclasses import dataclass

ORGANISATION = "brussels"
STUDIO = f"/studio/{ORGANISATION}/"
ROW, LAST_ROW = "main tbody tr th a", "main tbody tr:last-child th a"


@dataclass(frozen=True)
class Page:
    """``name`` names the picture; ``staff`` pages are seen by the organisation's owner.

    From ``path`` the reader goes on through the first link of each selector in ``follow``, to pages whose address
    only this installation knows.
    """

    name: str
    path: str
    staff: bool = False
    follow: tuple[str, ...] = ()


PAGES = (
    Page("front", "/"),
    Page("organisation", f"/{ORGANISATION}/"),
    Page("subscribe", f"/{ORGANISATION}/subscribe"),
    Page("subscribe-sent", f"/{ORGANISATION}/subscribe/subscribe/sent?to=x"),
    Page("confirm-expired", "/c/nothing"),
    Page("not-found", f"/{ORGANISATION}/nothing-here"),
    Page("inbox", "/inbox/"),
    Page("mail", "/inbox/", follow=(ROW,)),
    Page("unsubscribe", "/inbox/", follow=(ROW, "main li a[href*='/u/']")),
    Page("preferences", "/inbox/", follow=(ROW, "main li a[href*='/p/']")),
    Page("login", "/studio/login"),
    Page("pieces", "/studio/ui", staff=True),
    Page("home", STUDIO, staff=True),
    Page("mailings", f"{STUDIO}mailings/", staff=True),
    Page("mailing-new", f"{STUDIO}mailings/new", staff=True),
    Page("mailing-audience", f"{STUDIO}mailings/", staff=True, follow=(ROW, ".steps a[href*='/audience']")),
    Page("mailing-content", f"{STUDIO}mailings/", staff=True, follow=(ROW, ".steps a[href*='/content']")),
    Page("mailing-check", f"{STUDIO}mailings/", staff=True, follow=(ROW, ".steps a[href*='/check']")),
    Page("mailing-send", f"{STUDIO}mailings/", staff=True, follow=(ROW, ".steps a[href*='/send']")),
    Page("mailing-report", f"{STUDIO}mailings/", staff=True, follow=(LAST_ROW, ".steps a[href*='/report']")),
    Page("pictures", f"{STUDIO}pictures/", staff=True),
    Page("insights", f"{STUDIO}insights/", staff=True),
    Page("people", f"{STUDIO}people/", staff=True),
    Page("person", f"{STUDIO}people/", staff=True, follow=(ROW,)),
    Page("lists", f"{STUDIO}people/lists", staff=True),
    Page("list", f"{STUDIO}people/lists", staff=True, follow=(ROW,)),
    Page("forms", f"{STUDIO}people/forms", staff=True),
    Page("form", f"{STUDIO}people/forms", staff=True, follow=(ROW,)),
    Page("settings", f"{STUDIO}settings/", staff=True),
    Page("colleagues", f"{STUDIO}settings/people", staff=True),
)
