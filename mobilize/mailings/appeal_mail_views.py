"""The staff page with the mailings that showed an appeal, and the press that sends further information."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.appeals.appeal import queries, showing
from mobilize.core.errors import Conflict
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import organisation, requires
from mobilize.mailings import appeal_mail
from mobilize.mailings.queries import state_of
from mobilize.organisations.queries import brand

blueprint = Blueprint("appeal_mail", __name__, url_prefix="/studio/<org>/appeals/<appeal_slug>/sent")


@blueprint.get("")
@requires("mailing.read")
def show(org: str, appeal_slug: str) -> str:
    """What was sent about an appeal."""
    house = brand(organisation().id)
    row = queries.appeal_by_slug(house.id, appeal_slug)
    return render_template(
        "mailings/about_appeal.html",
        org=org,
        brand=house,
        row=row,
        found=[(one, state_of(one)) for one in appeal_mail.mailings_about(row)],
        may_send=bool(row.furthers) and row.outcome is None and appeal_mail.mailing_of_newest(row) is None,
        showing=showing,
        queries=queries,
        button_form=Form(formdata=None),
    )


@blueprint.post("")
@requires("mailing.send")
def send(org: str, appeal_slug: str) -> Response:
    """Send the newest further information to whoever had an email about the appeal."""
    row = queries.appeal_by_slug(organisation().id, appeal_slug)
    here = url_for(".show", org=org, appeal_slug=appeal_slug)
    if not Form().validate():
        return redirect(here, code=303)
    try:
        made = appeal_mail.send_further(row)
    except Conflict as conflict:
        flash(conflict.message, "error")
        return redirect(here, code=303)
    flash(_("It is sent in five minutes. Until then you can take it back."))
    return redirect(url_for("sending.send", org=org, uid=made.uid), code=303)
