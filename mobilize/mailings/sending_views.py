"""/studio/<org>/mailings/<uid>/…: looking a mailing over, letting it leave, and steering it while it goes out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.core import clock
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.errors import Conflict, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import member, organisation, requires
from mobilize.delivery.models import HoldCause
from mobilize.mailings import service
from mobilize.mailings.checks import errors_of, language_name, problems_of
from mobilize.mailings.content import read_languages
from mobilize.mailings.models import Mailing
from mobilize.mailings.progress import progress_of
from mobilize.mailings.queries import holds_on, mailing, names_of_changed, state_of
from mobilize.mailings.rules import LEFT, Shown, Verb, is_allowed, moment_in_zone, seconds_until
from mobilize.mailings.steps import steps_of
from mobilize.mailings.studio_forms import HOLD_SECONDS, SendForm
from mobilize.mailings.version_checks import looked_at

blueprint = Blueprint("sending", __name__, url_prefix="/studio/<org>/mailings/<uid>")

Page = str | tuple[str, int] | Response

SOON = timedelta(minutes=2)
"""How long before its moment the page of a mailing watches for the departure."""


@blueprint.get("/check")
@requires("mailing.read")
def check(org: str, uid: str) -> Page:
    """What to look at before anyone gets it."""
    row = mailing(organisation().id, uid)
    return render_template(
        "mailings/check.html",
        org=org,
        row=row,
        state=state_of(row),
        steps=steps_of(row, org, "sending.check"),
        problems=problems_of(row),
        count=row.to_whom.numbers(),
        language_name=language_name,
        looked_at=looked_at(read_languages(row.content)),
    )


@blueprint.get("/send")
@requires("mailing.read")
def send(org: str, uid: str) -> Page:
    """When it leaves; once it has, how far it is."""
    row = mailing(organisation().id, uid)
    return _send_page(org, row, _send_form(row, is_posted=False))


@blueprint.post("/send")
@requires("mailing.send")
def schedule(org: str, uid: str) -> Page:
    row = service.locked(mailing(organisation().id, uid))
    form = _send_form(row, is_posted=True)
    if form.is_untouched:
        return saved_redirect(url_for("sending.send", org=org, uid=uid))
    if form.validate():
        with form.refusals(conflicts="when"):
            _schedule(row, form)
    if form.errors:
        return _send_page(org, row, form), 422
    return _back(org, uid)


@blueprint.get("/progress")
@requires("mailing.read")
def progress(org: str, uid: str) -> Page:
    """The part of the page that changes by itself; its last answer stops the asking.

    A page that waits for the departure has nothing to exchange yet: it is loaded anew once the mailing has left.
    """
    row = mailing(organisation().id, uid)
    if "waits" in request.args:
        waits = state_of(row) is Shown.SCHEDULED
        return Response(status=204, headers={} if waits else {"HX-Refresh": "true"})
    return render_template("mailings/progress.html", **_live(org, row))


@blueprint.get("/cancel")
@requires("mailing.send")
def confirm_cancel(org: str, uid: str) -> Page:
    """The same question as the dialog asks, for those without scripts."""
    row = mailing(organisation().id, uid)
    if not is_allowed(Verb.CANCEL, state_of(row)):
        return _back(org, uid)
    return render_template(
        "mailings/cancel.html", org=org, row=row, progress=progress_of(row), press=Form(formdata=None)
    )


@blueprint.post("/cancel")
@requires("mailing.send")
def cancel(org: str, uid: str) -> Page:
    return _press(org, uid, service.cancel, _("Cancelled. Nobody else will get it."))


@blueprint.post("/take-back")
@requires("mailing.send")
def take_back(org: str, uid: str) -> Page:
    return _press(org, uid, service.take_back, _("Taken back. Nobody has received it."))


@blueprint.post("/pause")
@requires("mailing.send")
def pause(org: str, uid: str) -> Page:
    return _press(org, uid, service.pause, _("Paused. Nobody else gets it until you resume."))


@blueprint.post("/resume")
@requires("mailing.send")
def resume(org: str, uid: str) -> Page:
    """End the pause; whatever else holds the mailing stays."""
    return _press(org, uid, partial(service.resume, cause=HoldCause.STAFF), _resumed)


@blueprint.post("/resume-refused")
@requires("mailing.send")
def resume_refused(org: str, uid: str) -> Page:
    """Try the mail server again; whatever else holds the mailing stays."""
    return _press(org, uid, partial(service.resume, cause=HoldCause.REFUSAL), _resumed)


@blueprint.post("/again")
@requires("delivery.change")
def again(org: str, uid: str) -> Page:
    """Copies whose arrival nobody knows, once more: some people may get two."""
    return _press(org, uid, service.send_unclear_again, _("They are sent again."))


@blueprint.post("/again-refused")
@requires("delivery.change")
def again_refused(org: str, uid: str) -> Page:
    """Copies that were refused, once more: the cause was mended."""
    return _press(org, uid, service.send_refused_again, _("They are sent again."))


@blueprint.post("/renew")
@requires("mailing.send")
def renew(org: str, uid: str) -> Page:
    """What it shows has changed: those who wait get the new text."""
    return _press(org, uid, service.send_on_with_new_content, _("Those who waited get the new text."))


def _resumed(left: Collection[HoldCause]) -> str:
    return _("Something else still stops it: see below.") if left else _("Sending resumed.")


def _press(org: str, uid: str, verb: Callable[[Mailing], Any], done: str | Callable[[Any], str]) -> Response:
    """One button: do it, or say why it is not possible any more; ``done`` may be made of what came of it."""
    row = mailing(organisation().id, uid)
    form = Form()
    try:
        if not form.validate():
            raise Refused("form", _("This page was open for too long. Nothing was lost: press the button again"))
        came = verb(row)
    except (Conflict, Refused) as refusal:
        flash(refusal.message, "error")
    else:
        flash(done if isinstance(done, str) else done(came))
    return _back(org, uid)


def _schedule(row: Mailing, form: SendForm) -> None:
    local = form.local_moment()
    at = None if local is None else moment_in_zone("at", local, ZoneInfo(row.send_zone))
    hold = HOLD_SECONDS if form.hold.data else 0
    service.send_mailing(row, at=at, hold_seconds=hold)


def _send_form(row: Mailing, *, is_posted: bool) -> SendForm:
    """The version of the whole mailing is part of the form's: nobody sends what they have not seen."""
    at = row.send_at.astimezone(ZoneInfo(row.send_zone)) if row.send_at else None
    return SendForm.of({"when": "at" if at else "now", "at": at, "version": row.version}, is_posted=is_posted)


def _back(org: str, uid: str) -> Response:
    return redirect(url_for("sending.send", org=org, uid=uid), code=303)


def _send_page(org: str, row: Mailing, form: SendForm) -> str:
    waits = state_of(row) not in LEFT
    return render_template(
        "mailings/send.html",
        **_live(org, row),
        form=form,
        steps=steps_of(row, org, "sending.send"),
        errors=errors_of(row) if waits else (),
        count=row.to_whom.numbers() if waits else None,
        seconds_left=seconds_until(row.send_at, clock.now(), at_most=HOLD_SECONDS),
        leaves_soon=row.send_at is not None and row.send_at - clock.now() < SOON,
    )


def _live(org: str, row: Mailing) -> dict[str, object]:
    found = progress_of(row)
    return {
        "org": org,
        "row": row,
        "progress": found,
        "state": found.state,
        "holds": holds_on(row),
        "changed": names_of_changed(row),
        "press": Form(formdata=None),
        "may_send": member().may("mailing.send"),
        "may_again": member().may("delivery.change"),
        "may_see_people": member().may("people.read"),
        "allowed": {verb.value: is_allowed(verb, found.state) for verb in Verb},
    }
