"""Signing in and out, one's own account, and the mailed links that open one."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.accounts import colleagues, cookies, limits, mail_requests, service, sessions
from mobilize.accounts.browsers import browser_of
from mobilize.accounts.forms import (
    ROLE_NAMES,
    ForgottenForm,
    JoinAgainForm,
    JoinForm,
    LoginForm,
    PasswordForm,
    ProfileForm,
    ResetForm,
)
from mobilize.accounts.identify import demonstration_is_open
from mobilize.accounts.mails import require_server
from mobilize.accounts.models import User
from mobilize.accounts.origin import refuse_other_sites, tell_origin
from mobilize.accounts.queries import places_of, profile, user_row
from mobilize.accounts.rules import own_path
from mobilize.core import clock, crypto, i18n
from mobilize.core.errors import NotAllowed
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import member, public, signed_in
from mobilize.core.security_events import SecurityEvent, note
from mobilize.core.text import masked_address
from mobilize.organisations.queries import brand

blueprint = Blueprint("accounts", __name__)

Page = str | tuple[str, int] | Response
_WITHOUT_SESSION = frozenset({"accounts.login", "accounts.forgotten", "accounts.reset", "accounts.invitation"})


@blueprint.after_request
def name_origin(response: Response) -> Response:
    return tell_origin(response) if request.endpoint in _WITHOUT_SESSION else response


@blueprint.get("/studio/")
@signed_in
def choose() -> Page:
    """The organisations one works in; straight on where there is only one."""
    places = places_of(member().user_id)
    if len(places) == 1:
        return _see(f"/studio/{places[0].organisation.slug}/")
    return render_template("accounts/choose.html", places=places, role_names=ROLE_NAMES)


@blueprint.route("/studio/login", methods=["GET", "POST"])
@public
def login() -> Page:
    """Address and password in, a new session out; back to the page that asked, if it is one of ours."""
    form = LoginForm()
    if request.method != "POST":
        return render_template("accounts/login.html", form=form)
    refuse_other_sites()
    user = _signed_in_by(form) if form.validate() else None
    if user is None:
        return render_template("accounts/login.html", form=form, no_match=not _fields_are_wrong(form)), 422
    return _enter(user, own_path(request.args.get("next")))


@blueprint.route("/studio/logout", methods=["GET", "POST"])
@signed_in
def logout() -> Page:
    """Asks first: a GET ends nothing."""
    form = Form()
    if not form.validate_on_submit():
        return render_template("accounts/logout.html", form=form)
    sessions.end_session(cookies.session_secret())
    return cookies.forget(_see(url_for("accounts.login")))


@blueprint.route("/studio/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> Page:
    """Asks for a reset mail; the answer is the same for every address."""
    form = ForgottenForm()
    if request.method != "POST":
        return render_template("accounts/forgotten.html", form=form)
    refuse_other_sites()
    if form.validate():
        with form.refusals():
            require_server(current_app.config["SETTINGS"])
    if form.errors:
        return render_template("accounts/forgotten.html", form=form), 422
    if limits.count_reset(crypto.login_index(form.email.data)):
        mail_requests.request_reset(form.email.data, from_this_machine=demonstration_is_open())
    return render_template("accounts/mail_sent.html")


@blueprint.route("/studio/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> Page:
    """A new password by a mailed link; every session of the account ends."""
    form = ResetForm()
    user = service.user_of_reset(token)
    i18n.set_language(request.args.get("lang") or user.language)
    if request.method == "POST":
        refuse_other_sites()
    if request.method == "POST" and form.validate():
        with form.refusals():
            service.reset_password(token, form.password.data)
            limits.forget_tries(user.login_index)
            flash(_("Your password is changed. Log in with the new one."))
            return cookies.forget(_see(url_for("accounts.login")))
    masked = masked_address(user.email)
    return render_template("accounts/reset.html", form=form, masked=masked), 422 if form.errors else 200


@blueprint.route("/studio/invitation/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> Page:
    """Joining an organisation by a mailed link, with a new password or that of the account one has."""
    offer = colleagues.offer(token)
    form = JoinAgainForm() if offer.has_account else JoinForm()
    if request.method == "POST":
        refuse_other_sites()
    if request.method == "POST" and form.validate():
        if offer.has_account:
            limits.count_try(offer.login_index)
        with form.refusals():
            user = _accepted(token, form)
            return _enter(user, f"/studio/{offer.organisation.slug}/")
    role = ROLE_NAMES[offer.role.value]
    organisation = brand(offer.organisation.id)
    page = render_template("accounts/invitation.html", form=form, offer=offer, role=role, organisation=organisation)
    return page, 422 if form.errors else 200


@blueprint.get("/studio/account")
@signed_in
def account() -> Page:
    """One's own name, language and password."""
    me = profile(member().user_id)
    return _account(ProfileForm(data={"name": me.name, "language": me.language}), PasswordForm(formdata=None))


@blueprint.post("/studio/account")
@signed_in
def change_profile() -> Page:
    form = ProfileForm()
    if form.validate():
        with form.refusals():
            service.change_profile(member().user_id, name=form.name.data or "", language=form.language.data)
    if form.errors:
        return _account(form, PasswordForm(formdata=None))
    i18n.set_language(form.language.data)
    flash(_("Your account is changed."))
    return _see(url_for("accounts.account"))


@blueprint.post("/studio/account/password")
@signed_in
def change_password() -> Page:
    """Ends every session, and opens a new one for the browser that asked."""
    form, user = PasswordForm(), user_row(member().user_id)
    if form.validate():
        limits.count_try(user.login_index)
        with form.refusals():
            service.change_password(user.id, current=form.current.data, new=form.new.data)
    if form.errors:
        me = profile(user.id)
        return _account(ProfileForm(formdata=None, data={"name": me.name, "language": me.language}), form)
    flash(_("Your password is changed. Every other browser was logged out."))
    return _enter(user, url_for("accounts.account"))


def _signed_in_by(form: LoginForm) -> User | None:
    """The user, or nobody and one answer for every reason."""
    limits.count_try(crypto.login_index(form.email.data))
    user = service.sign_in(form.email.data, form.password.data)
    if user is None or (user.is_demonstration and not demonstration_is_open()):
        note(SecurityEvent.LOGIN_REFUSED)
        form.form_errors.append(_("Check both, or choose a new password by email."))
        return None
    limits.forget_own_tries(user.login_index)
    return user


def _fields_are_wrong(form: LoginForm) -> bool:
    """Whether a field was refused as it was typed; else address and password were looked up and do not match."""
    return any(field.errors for field in form)


def _accepted(token: str, form: JoinForm | JoinAgainForm) -> User:
    name = form.name.data or "" if isinstance(form, JoinForm) else ""
    user = colleagues.accept(token, password=form.password.data, name=name, language=i18n.current_language())
    if user.is_demonstration and not demonstration_is_open():
        note(SecurityEvent.LOGIN_REFUSED)
        raise NotAllowed(_("Accounts of the demonstration work on this machine only"))
    return user


def _account(profile_form: ProfileForm, password_form: PasswordForm) -> Page:
    status = 422 if profile_form.errors or password_form.errors else 200
    places = places_of(member().user_id)
    page = render_template("accounts/account.html", profile=profile_form, password=password_form, places=places)
    return page, status


def _enter(user: User, path: str) -> Response:
    """Sign this browser in under a secret it has never seen, and forget the session it came with."""
    sessions.end_session(cookies.session_secret())
    browser = browser_of(request.headers.get("User-Agent", ""))
    return cookies.remember(_see(path), sessions.start_session(user.id, clock.now(), browser))


def _see(path: str) -> Response:
    return redirect(path, code=303)
