"""/studio/<org>/archive: which of the mailings that were sent anybody may read."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core.errors import Conflict, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import organisation, requires
from mobilize.mailings.queries import mailing
from mobilize.organisations.queries import brand
from mobilize.site import queries, service

blueprint = Blueprint("archive", __name__, url_prefix="/studio/<org>/archive")


@blueprint.get("")
@requires("mailing.read")
def index(org: str) -> str:
    """What was sent to lists, with what of it is public."""
    house = brand(organisation().id)
    return render_template(
        "site/archive.html", org=org, brand=house, rows=queries.sent_mailings(house.id), form=Form(formdata=None)
    )


@blueprint.post("/<uid>/show")
@requires("mailing.send")
def show(org: str, uid: str) -> Response:
    """Let anybody read a mailing."""
    row = mailing(organisation().id, uid)
    if Form().validate():
        try:
            pages = service.composed_pages(row, lambda name: url_for("media.show", name=name))
            service.archive(row, pages)
        except (Conflict, Refused) as refusal:
            flash(refusal.message, "error")
        else:
            flash(_("Anybody can read it in the archive now"))
    return redirect(url_for(".index", org=org), code=303)


@blueprint.post("/<uid>/withdraw")
@requires("mailing.send")
def withdraw(org: str, uid: str) -> Response:
    """Take a mailing out of the archive."""
    row = mailing(organisation().id, uid)
    if Form().validate():
        service.withdraw(row)
        flash(_("It does not stand in the archive any more"))
    return redirect(url_for(".index", org=org), code=303)
