"""/studio/<org>/mailings/<uid>/unclear: copies of which nobody knows whether they arrived, and sending them again."""

from __future__ import annotations

import csv
from io import StringIO

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.core.cells import neutralised
from mobilize.core.errors import Conflict, NotFound, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, ngettext
from mobilize.core.permissions import member, organisation, requires
from mobilize.mailings import service
from mobilize.mailings.progress import progress_of
from mobilize.mailings.queries import mailing, state_of
from mobilize.mailings.rules import Shown
from mobilize.mailings.steps import steps_of
from mobilize.mailings.unclear import unclear_copies, unclear_page

blueprint = Blueprint("unclear", __name__, url_prefix="/studio/<org>/mailings/<uid>/unclear")

MOST_CHOSEN = 500


@blueprint.get("")
@requires("people.read")
def index(org: str, uid: str) -> str:
    """A page of them, masked."""
    row = mailing(organisation().id, uid)
    state = state_of(row)
    return render_template(
        "mailings/unclear.html",
        org=org,
        row=row,
        state=state,
        steps=steps_of(row, org, "sending.send"),
        page=unclear_page(row, _number(request.args.get("after", "0"))),
        count=progress_of(row).unknown,
        may_again=member().may("delivery.change") and state is not Shown.CANCELLED,
        press=Form(formdata=None),
    )


@blueprint.get("/file.csv")
@requires("people.read")
def file(org: str, uid: str) -> Response:
    """All of them as a file: masked, with the Message-ID by which a mail server's log knows the copy."""
    row = mailing(organisation().id, uid)
    text = StringIO()
    out = csv.writer(text)
    out.writerow(["message_id", "since", "reason", "person"])
    for one in unclear_copies(row):
        out.writerow([one.message_id, one.since.isoformat(timespec="seconds"), one.reason, neutralised(one.masked)])
    headers = {"Content-Disposition": f"attachment; filename=unclear-{org}-{row.uid}.csv", "Cache-Control": "no-store"}
    return Response(text.getvalue(), headers=headers, mimetype="text/csv")


@blueprint.post("")
@requires("delivery.change")
def again(org: str, uid: str) -> Response:
    """Send the chosen ones again, or all."""
    row = mailing(organisation().id, uid)
    try:
        count = service.send_unclear_again(row, _chosen())
    except (Conflict, Refused) as refusal:
        flash(refusal.message, "error")
        return redirect(url_for("unclear.index", org=org, uid=uid), code=303)
    flash(ngettext("%(count)s copy is sent again.", "%(count)s copies are sent again.", count, count=count))
    return redirect(url_for("sending.send", org=org, uid=uid), code=303)


def _chosen() -> list[int] | None:
    """The rows that were ticked; none for all of them.

    Raises:
        Refused: the page was open for too long, or nobody was chosen.
    """
    if not Form().validate():
        raise Refused("form", _("This page was open for too long. Nothing was lost: press the button again"))
    if request.form.get("which") == "all":
        return None
    chosen = [_number(one) for one in request.form.getlist("copy")[:MOST_CHOSEN]]
    if not chosen:
        raise Refused("copy", _("Choose at least one person"))
    return chosen


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise NotFound("copy")
    return int(text)
