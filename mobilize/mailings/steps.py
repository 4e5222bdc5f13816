"""The five steps of a mailing, each reachable at any time."""

from __future__ import annotations

from flask import url_for

from mobilize.core.i18n import _
from mobilize.mailings.models import Mailing
from mobilize.mailings.queries import state_of
from mobilize.mailings.rules import ENDED, LEFT, Shown


def steps_of(row: Mailing, org: str, current: str) -> list[dict[str, object]]:
    """What the stepper shows; ``current`` is the endpoint of the page."""
    state = state_of(row)
    written = all(version["subject"] and version["blocks"] for version in row.content.values())
    places = (
        (_("Audience"), "mailings.audience", row.to_whom.names_anybody),
        (_("Content"), "mailings.content", written),
        (_("Check"), "sending.check", state is not Shown.DRAFT),
        (_("Send"), "sending.send", state in LEFT),
        (_("Report"), "reports.mailing_page", state in ENDED and row.launched_at is not None),
    )
    of_template = ("mailings.content", "sending.check")
    return [
        {"label": label, "url": url_for(endpoint, org=org, uid=row.uid), "done": done, "current": endpoint == current}
        for label, endpoint, done in places
        if state is not Shown.TEMPLATE or endpoint in of_template
    ]
