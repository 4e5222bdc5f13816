"""Staff pages of the addresses that are not mailed. None shows an address in full."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, StringField
from wtforms.validators import InputRequired

from mobilize.core.forms import Form
from mobilize.core.i18n import _, lazy
from mobilize.core.permissions import organisation, requires
from mobilize.delivery.models import SuppressionReason
from mobilize.delivery.suppression import listing as suppression_list
from mobilize.organisations.queries import brand

blueprint = Blueprint("suppressions", __name__, url_prefix="/studio/<org>/people/suppressions")

Page = str | tuple[str, int]

REASONS = {
    SuppressionReason.WITHDRAWAL: lazy("They unsubscribed from everything"),
    SuppressionReason.COMPLAINT: lazy("They reported an email as spam"),
    SuppressionReason.HARD_BOUNCE: lazy("There is no such address"),
    SuppressionReason.SOFT_BOUNCES: lazy("The mailbox refused many times"),
    SuppressionReason.MANUAL: lazy("Added by a colleague"),
}
_SOURCES = {
    "import": lazy("An import"),
    "unsubscribe-page": lazy("Their unsubscribe page"),
    "one-click": lazy("The button in their email program"),
    "leave-mail": lazy("The button in their email program"),
    "preferences": lazy("Their preferences page"),
}


class HoldBackForm(Form):
    """An address to hold back, and why."""

    address = EmailField(lazy("Email address"), [InputRequired(lazy("Fill this in"))])
    why = StringField(
        lazy("Why"),
        [InputRequired(lazy("Fill this in"))],
        description=lazy("Colleagues see this beside the address. Name nobody in it."),
    )


class LiftForm(Form):
    """Why mail may go there again."""

    why = StringField(
        lazy("Why"), [InputRequired(lazy("Fill this in"))], description=lazy("It is kept in the activity log.")
    )


@blueprint.get("")
@requires("people.read")
def index(org: str) -> str:
    """The addresses held back, the newest first."""
    return _list(org, HoldBackForm(formdata=None))


@blueprint.post("")
@requires("people.change")
def add(org: str) -> Response | Page:
    """Hold an address back, for a reason."""
    form = HoldBackForm()
    if form.validate():
        with form.refusals(conflicts="address"):
            suppression_list.hold_back(organisation(), form.address.data or "", form.why.data or "")
            flash(_("No more email is sent to this address"))
            return redirect(url_for(".index", org=org), code=303)
    return _list(org, form), 422


@blueprint.get("/<mark>")
@requires("people.change")
def lifting(org: str, mark: str) -> str:
    """One address, and what lifting means."""
    return _lift(org, mark, LiftForm(formdata=None))


@blueprint.post("/<mark>")
@requires("people.change")
def lift(org: str, mark: str) -> Response | Page:
    """Allow mail to an address again, for a reason."""
    suppression_list.held(organisation().id, mark)
    form = LiftForm()
    if form.validate():
        with form.refusals(conflicts="why"):
            suppression_list.lift(organisation(), mark, form.why.data or "")
            flash(_("Email may go to this address again"))
            return redirect(url_for(".index", org=org), code=303)
    return _lift(org, mark, form), 422


def source_words(source: str) -> str:
    """Where the news came from, as people say it; what a colleague wrote stands as it is."""
    if source.startswith("delivery:"):
        return _("An email that came back")
    return str(_SOURCES.get(source, source))


def _list(org: str, form: HoldBackForm) -> str:
    house = organisation()
    page = suppression_list.held_page(
        house.id, older_than=request.args.get("older", ""), newer_than=request.args.get("newer", "")
    )
    return render_template(
        "delivery/suppressions.html",
        org=org,
        form=form,
        page=page,
        total=suppression_list.held_count(house.id),
        zone=brand(house.id).timezone,
        reasons=REASONS,
        source_words=source_words,
    )


def _lift(org: str, mark: str, form: LiftForm) -> str:
    found = suppression_list.held(organisation().id, mark)
    zone = brand(organisation().id).timezone
    return render_template(
        "delivery/lift.html", org=org, form=form, found=found, zone=zone, reasons=REASONS, source_words=source_words
    )
