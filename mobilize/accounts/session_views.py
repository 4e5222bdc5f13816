"""/studio/account/sessions: the browsers in which one is logged in; /studio/account/confirm: one's password again."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.accounts import confirmation, cookies, limits, service, sessions
from mobilize.accounts.forms import ConfirmForm
from mobilize.accounts.queries import places_of, user_row
from mobilize.accounts.rules import START
from mobilize.core import clock
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.links import inside
from mobilize.core.permissions import member, signed_in
from mobilize.organisations.queries import brand

blueprint = Blueprint("sessions", __name__)

Page = str | tuple[str, int] | Response


@blueprint.get("/studio/account/sessions")
@signed_in
def index() -> Page:
    """Where one is logged in: which browser, since when, last used when."""
    places = places_of(member().user_id)
    idle = current_app.config["SETTINGS"].idle_limit
    return render_template(
        "accounts/sessions.html",
        sessions=sessions.open_sessions(member().user_id, cookies.session_secret(), clock.now(), idle),
        zone=brand(places[0].organisation.id).timezone if places else "UTC",
        token=Form(formdata=None),
    )


@blueprint.post("/studio/account/sessions/<login>/end")
@signed_in
def end(login: str) -> Page:
    """Log one's own browser out, wherever it is."""
    if not _is_ours():
        return _back()
    sessions.end_one(member().user_id, login)
    flash(_("That browser is logged out."))
    return _back()


@blueprint.post("/studio/account/sessions/end-others")
@signed_in
def end_others() -> Page:
    """Log out every browser but this one."""
    if _is_ours():
        sessions.end_others(member().user_id, cookies.session_secret())
        flash(_("Every other browser is logged out."))
    return _back()


@blueprint.post("/studio/account/confirm")
@signed_in
def confirm() -> Page:
    """The password that a page asked for; the browser then sends again what it wanted to send."""
    path = inside(request.form.get(confirmation.PATH), START)
    if path is None:
        abort(400)
    form, user = ConfirmForm(), user_row(member().user_id)
    if form.validate():
        limits.count_try(user.login_index)
        with form.refusals():
            service.confirm_session(user.id, g.session_id, form.confirm_password.data)
            limits.forget_own_tries(user.login_index)
    if form.errors:
        return confirmation.ask(path, form)
    return redirect(path, code=307)


def _is_ours() -> bool:
    """Whether the form came from our page; says so where it did not."""
    if Form().validate():
        return True
    flash(_("This page was open for too long. Nothing was changed: press the button again."), "error")
    return False


def _back() -> Response:
    return redirect(url_for("sessions.index"), code=303)
