"""Insights: one mailing's report, and the latest ones side by side."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, render_template

from mobilize.core import feature
from mobilize.core.permissions import organisation, requires
from mobilize.mailings.queries import mailing, state_of
from mobilize.mailings.steps import steps_of
from mobilize.reports.queries import latest_lines, mailing_report

blueprint = Blueprint("reports", __name__, url_prefix="/studio/<org>")

LABEL_LENGTH = 12


@blueprint.get("/insights/")
@requires("mailing.read")
def index(org: str) -> str:
    """The latest mailings side by side."""
    return render_template("reports/index.html", org=org, lines=latest_lines(organisation().id))


@blueprint.get("/mailings/<uid>/report")
@requires("mailing.read")
def mailing_page(org: str, uid: str) -> str:
    """What became of one mailing."""
    row = mailing(organisation().id, uid)
    found = mailing_report(row)
    return render_template(
        "reports/mailing.html",
        org=org,
        row=row,
        state=state_of(row),
        steps=steps_of(row, org, "reports.mailing_page"),
        report=found,
        points=[(short_address(url), count) for url, count in found.links if count is not None],
        reason_words=reason_words,
    )


def reason_words(reason: str) -> str:
    """The ledger's reason in the reader's words."""
    return str(feature.words("reason_words", reason))


def short_address(url: str) -> str:
    """An address as people tell it from its neighbours: the end of its path, else its host."""
    parts = urlsplit(url)
    last = parts.path.rstrip("/").rpartition("/")[2] + (f"?{parts.query}" if parts.query else "")
    text = last or parts.hostname or url
    return text if len(text) <= LABEL_LENGTH else f"…{text[1 - LABEL_LENGTH :]}"
