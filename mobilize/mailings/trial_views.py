"""/studio/<org>/mailings/<uid>/test: a test email of one language, to the campaigner's own address."""

from __future__ import annotations

import hashlib
import json

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.accounts.queries import profile
from mobilize.core import limits, links
from mobilize.core.errors import Refused
from mobilize.core.i18n import _, current_language
from mobilize.core.permissions import member, organisation, requires
from mobilize.mailings.models import Mailing
from mobilize.mailings.previews import sample_names
from mobilize.mailings.queries import mailing
from mobilize.mailings.rules import opened_language
from mobilize.mailings.studio_forms import TrialForm
from mobilize.mailings.trials import Reader, send_trial
from mobilize.organisations.queries import brand

blueprint = Blueprint("trials", __name__, url_prefix="/studio/<org>/mailings/<uid>/test")

Page = str | tuple[str, int] | Response
PER_HOUR = "30/hour"


@blueprint.get("")
@requires("mailing.send")
def ask(org: str, uid: str) -> Page:
    """Which language, and to whom it is written. The links to unsubscribe of every test lead here."""
    row = mailing(organisation().id, uid)
    language = opened_language(request.args.get("language"), current_language(), row.content, row.default_language)
    return _page(org, row, _form(row, language))


@blueprint.post("")
@requires("mailing.send")
def send(org: str, uid: str) -> Page:
    row = mailing(organisation().id, uid)
    form = _form(row)
    if form.validate():
        with form.refusals():
            address = _sent(org, row, form)
            flash(_("The test is on its way to %(address)s.", address=address))
    if form.errors:
        return _page(org, row, form), 422
    return redirect(url_for("trials.ask", org=org, uid=uid, language=form.language.data), code=303)


def _sent(org: str, row: Mailing, form: TrialForm) -> str:
    if brand(row.organisation_id).is_demonstration and not current_app.config["SETTINGS"].inbox_enabled:
        raise Refused("language", _("The demonstration sends no email to the world."))
    if not limits.allow("mailings.test", member().user_uid.encode(), PER_HOUR):
        raise Refused("language", _("You have sent many tests within an hour. Try again later"))
    return send_trial(
        row,
        form.language.data,
        Reader(form.first_name.data or "", form.last_name.data or ""),
        user_id=member().user_id,
        links_lead_to=links.absolute(url_for("trials.ask", org=org, uid=row.uid)),
        request_key=_request_key(row),
    )


def _request_key(row: Mailing) -> str:
    """The same for a form that is sent twice; another after a change of the mailing."""
    parts = [member().user_uid, row.uid, row.version, sorted(request.form.items())]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


def _form(row: Mailing, language: str | None = None) -> TrialForm:
    """As it was posted, or with ``language`` as it is opened, for somebody with a name of that language."""
    if language is None:
        form = TrialForm()
    else:
        form = TrialForm(formdata=None, data={"language": language, **sample_names(language)})
    form.offer_languages(list(row.content))
    return form


def _page(org: str, row: Mailing, form: TrialForm) -> str:
    return render_template("mailings/trial.html", org=org, row=row, form=form, address=profile(member().user_id).email)
