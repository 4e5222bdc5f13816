"""/studio/<org>/settings/people: who works here, and offers that wait for an answer."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.accounts import colleagues, limits
from mobilize.accounts.forms import ROLE_HINTS, ROLE_NAMES, InviteForm, RoleForm
from mobilize.accounts.mails import require_server
from mobilize.accounts.queries import colleague, open_invitations
from mobilize.accounts.queries import colleagues as colleagues_of
from mobilize.core import i18n
from mobilize.core.errors import Conflict
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import confirmed, member, organisation, requires
from mobilize.core.roles import Role
from mobilize.organisations.queries import brand

blueprint = Blueprint("colleagues", __name__, url_prefix="/studio/<org>/settings/people")

Page = str | tuple[str, int] | Response


@blueprint.get("")
@requires("members.change")
def index(org: str) -> Page:
    """Everyone with a role here, and the form that invites."""
    return _index(org, InviteForm(formdata=None, data={"language": i18n.current_language()}))


@blueprint.post("")
@requires("members.change")
@confirmed
def invite(org: str) -> Page:
    form = InviteForm()
    if form.validate():
        limits.count_invitation(member().user_uid)
        with form.refusals():
            require_server(current_app.config["SETTINGS"])
            _invite(form)
    if form.errors:
        return _index(org, form), 422
    flash(_("The invitation is on its way."))
    return _back(org)


@blueprint.post("/invitations/<invitation>/withdraw")
@requires("members.change")
def withdraw(org: str, invitation: str) -> Page:
    if _is_ours(Form()):
        colleagues.withdraw_invitation(organisation().id, invitation)
        flash(_("The invitation is withdrawn. Its link no longer works."))
    return _back(org)


@blueprint.post("/<user>/role")
@requires("members.change")
@confirmed
def change_role(org: str, user: str) -> Page:
    person, form = colleague(organisation().id, user), RoleForm()
    if not _is_ours(form):
        return _back(org)
    try:
        colleagues.change_role(organisation().id, person.uid, Role(form.role.data))
    except Conflict as conflict:
        return _index(org, _refused(conflict)), conflict.status
    flash(_("The role is changed."))
    if person.uid == member().user_uid and form.role.data != Role.OWNER:
        return redirect(f"/studio/{org}/", code=303)
    return _back(org)


@blueprint.route("/<user>/remove", methods=["GET", "POST"])
@requires("members.change")
@confirmed
def remove(org: str, user: str) -> Page:
    """Asks first, with what it means; says so where it is oneself, or the only owner."""
    person = colleague(organisation().id, user)
    form = Form()
    if not form.validate_on_submit():
        return render_template("accounts/remove.html", org=org, person=person, form=form)
    try:
        colleagues.remove(organisation().id, user)
    except Conflict as conflict:
        return _index(org, _refused(conflict)), conflict.status
    if user == member().user_uid:
        flash(_("You no longer work in this organisation."))
        return redirect("/studio/", code=303)
    flash(_("This person no longer works here."))
    return _back(org)


def _invite(form: InviteForm) -> None:
    colleagues.invite(
        organisation().id,
        form.email.data,
        Role(form.role.data),
        invited_by_id=member().user_id,
        language=form.language.data,
    )


def _index(org: str, form: InviteForm) -> str:
    house = organisation()
    return render_template(
        "accounts/people.html",
        org=org,
        form=form,
        token=Form(formdata=None),
        zone=brand(house.id).timezone,
        people=[
            (person, RoleForm(formdata=None, data={"role": person.role.value})) for person in colleagues_of(house.id)
        ],
        invitations=open_invitations(house.id),
        role_names=ROLE_NAMES,
        role_hints=ROLE_HINTS,
    )


def _refused(conflict: Conflict) -> InviteForm:
    form = InviteForm(formdata=None)
    form.form_errors.append(conflict.message)
    return form


def _is_ours(form: Form) -> bool:
    """Whether the form came from our page; says so where it did not."""
    if form.validate():
        return True
    flash(_("This page was open for too long. Nothing was changed: press the button again."), "error")
    return False


def _back(org: str) -> Response:
    return redirect(url_for("colleagues.index", org=org), code=303)
