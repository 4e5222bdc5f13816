"""The campaigner's home page, and its live part."""

from __future__ import annotations

from datetime import datetime, timedelta

from babel.dates import format_timedelta
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.accounts import service
from mobilize.accounts.rules import own_path
from mobilize.core import clock
from mobilize.core.errors import NotAllowed
from mobilize.core.forms import Form
from mobilize.core.i18n import _, current_language
from mobilize.core.permissions import member, organisation, requires, signed_in
from mobilize.mailings.home_queries import has_mailings
from mobilize.studio.home import Home, home_of
from mobilize.studio.search import LONGEST, found_by

blueprint = Blueprint("studio", __name__)
SOON = timedelta(minutes=10)


@blueprint.get("/studio/<org>/")
@requires("steward.read")
def home(org: str) -> str | Response:
    """What leaves next, what is leaving now, what needs someone; for a steward, the events that they see to."""
    if not member().may("mailing.read"):
        return redirect(url_for("stewards.mine", org=org))
    shown = home_of(organisation(), member().may, clock.now())
    return render_template(
        "studio/home.html",
        **_live(org, shown),
        done=shown.done,
        needs=shown.needs,
        is_new=shown.is_empty and not has_mailings(organisation().id),
        write_url=_write_url(org),
    )


@blueprint.get("/studio/<org>/now")
@requires("mailing.read")
def live(org: str) -> str:
    """The part of the home page that changes by itself."""
    shown = home_of(organisation(), member().may, clock.now())
    return render_template("studio/now.html", **_live(org, shown))


@blueprint.get("/studio/<org>/search")
@requires("mailing.read")
def search(org: str) -> str:
    """Mailings, events and other things by their name. People are found by their whole address, under People."""
    words = request.args.get("q", "")
    found = found_by(organisation(), words, member().may)
    return render_template("studio/search.html", org=org, words=words.strip()[:LONGEST], found=found)


@blueprint.post("/studio/language")
@signed_in
def change_language() -> Response:
    """Speak another language from now on, beginning with the page one is on."""
    if not Form().validate():
        raise NotAllowed(_("This page was open for too long. Go back and try again"))
    service.change_language(member().user_id, request.form.get("language", ""))
    return redirect(own_path(request.form.get("here")), code=303)


def _live(org: str, shown: Home) -> dict[str, object]:
    now = clock.now()
    return {
        "under_way": shown.under_way,
        "upcoming": [(one, _until(one.at or now, now)) for one in shown.upcoming],
        "poll": _poll(shown, now),
        "live_url": url_for("studio.live", org=org),
    }


def _poll(shown: Home, now: datetime) -> str:
    """How often the page asks again: often while something moves, seldom before it does, else never."""
    if any(one.moves for one in shown.under_way):
        return "every 2s"
    return "every 10s" if any(one.at and one.at - now < SOON for one in shown.upcoming[:1]) else ""


def _until(at: datetime, now: datetime) -> str:
    """``"in 12 minutes"`` in the reader's language."""
    return format_timedelta(at - now, add_direction=True, locale=current_language()) if at > now else _("now")


def _write_url(org: str) -> str | None:
    can_write = member().may("mailing.change") and "mailings.new" in current_app.view_functions
    return url_for("mailings.new", org=org) if can_write else None
