"""/studio/<org>/mailings/<uid>/copy and /delete: a mailing as the start of another one, and a draft that goes away."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core.errors import NotAllowed
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import organisation, requires
from mobilize.mailings import service
from mobilize.mailings.queries import mailing, state_of
from mobilize.mailings.rules import Verb, require

blueprint = Blueprint("drafts", __name__, url_prefix="/studio/<org>/mailings/<uid>")


@blueprint.get("/copy")
@requires("mailing.change")
def confirm_copy(org: str, uid: str) -> str:
    """A page of its own: a press in the middle of writing would lose what was typed."""
    row = mailing(organisation().id, uid)
    return render_template("mailings/copy.html", org=org, row=row, press=Form(formdata=None))


@blueprint.post("/copy")
@requires("mailing.change")
def copy(org: str, uid: str) -> Response:
    _require_own_press()
    made = service.duplicate_mailing(mailing(organisation().id, uid))
    flash(_("This is the copy: a draft that nobody has received."))
    return redirect(url_for("mailings.audience", org=org, uid=made.uid), code=303)


@blueprint.get("/delete")
@requires("mailing.change")
def confirm_delete(org: str, uid: str) -> str:
    row = mailing(organisation().id, uid)
    require(Verb.DELETE, state_of(row))
    return render_template("mailings/delete.html", org=org, row=row, press=Form(formdata=None))


@blueprint.post("/delete")
@requires("mailing.change")
def delete(org: str, uid: str) -> Response:
    _require_own_press()
    service.delete_draft(mailing(organisation().id, uid))
    flash(_("The draft is deleted."))
    return redirect(url_for("mailings.index", org=org), code=303)


def _require_own_press() -> None:
    if not Form().validate():
        raise NotAllowed(_("This page was open for too long. Go back and try again"))
