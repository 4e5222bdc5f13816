"""/studio/<org>/settings/sending: keys and DNS, a mail server of the organisation's own, limits, a test mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core import db, i18n, limits
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.errors import Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import confirmed, member, organisation, requires
from mobilize.core.settings import Settings
from mobilize.delivery.caps import Cap, change_cap
from mobilize.delivery.outgoing.forms import (
    ENCRYPTED,
    IN_THE_CLEAR,
    ActivateForm,
    CapForm,
    RatesForm,
    ServerForm,
    TrialForm,
)
from mobilize.delivery.outgoing.trial import newest_trial, send_trial
from mobilize.delivery.rates.entering import domain_rates, rate_in, typed_rates
from mobilize.delivery.rates.service import change_rates, rates_of
from mobilize.delivery.sending import servers
from mobilize.delivery.smtp.settings import SmtpSettings, StartTls
from mobilize.organisations import signing_keys
from mobilize.organisations.dns_checks import Check, Resolver, Seen, SystemResolver, advice, check_records
from mobilize.organisations.queries import brand, default_sender, dns_records, domain_keys, organisation_row
from mobilize.organisations.rules import is_placeholder
from mobilize.organisations.service import record_dns_proof

blueprint = Blueprint("outgoing", __name__, url_prefix="/studio/<org>/settings/sending")

Page = str | tuple[str, int] | Response
_PER_HOUR = "10/hour"


@dataclass
class Forms:
    """The page's forms; one of them may have come back."""

    rates: RatesForm = field(default_factory=lambda: _rates_form())
    server: ServerForm = field(default_factory=lambda: _server_form())
    cap: CapForm = field(default_factory=lambda: _cap_form())
    trial: TrialForm = field(default_factory=lambda: TrialForm(formdata=None))


@blueprint.get("")
@requires("organisation.change")
def index(org: str) -> Page:
    """How mail leaves."""
    return _page(org, Forms())


@blueprint.post("/check")
@requires("organisation.change")
def check(org: str) -> Page:
    """Ask DNS for every record, and say what is left to do."""
    if not Form().validate():
        return _page(org, Forms()), 422
    house = organisation()
    records = dns_records(house.id, _mail_host())
    domain = default_sender(house.id).domain
    waiting = [key.record for key in domain_keys(house.id, domain) if key.waits]
    db.release()
    checks = check_records([*records, *waiting], _resolver())
    if any(one.record.purpose == "DKIM" and one.seen is Seen.PUBLISHED for one in checks):
        record_dns_proof(house.id, domain)
    return _page(org, Forms(), checks)


@blueprint.post("/rates")
@requires("organisation.change")
def set_rates(org: str) -> Page:
    form, house = _rates_form(is_posted=True), organisation()
    if form.validate():
        with form.refusals():
            in_all = (form.sender_rate.data or "").strip()
            limit = {"": rate_in("sender_rate", in_all)} if in_all else {}
            rates = domain_rates("domain_rates", form.domain_rates.data or "")
            change_rates(house.id, house.uid, {**limit, **rates})
    if form.errors:
        return _page(org, Forms(rates=form)), 422
    return _back(org, _("The limits are changed. Email that is being sent follows them within seconds."), "rates")


@blueprint.post("/cap")
@requires("organisation.change")
def set_cap(org: str) -> Page:
    form = _cap_form(is_posted=True)
    if form.validate():
        with form.refusals():
            most, days = form.most_mails.data, form.most_mails_days.data or 0
            change_cap(organisation_row(organisation().id), Cap(most, days) if most is not None else None)
    if form.errors:
        return _page(org, Forms(cap=form)), 422
    return _back(org, _("The limit is changed. Mailings that begin from now on follow it."), "cap")


@blueprint.post("/server")
@requires("organisation.change")
@confirmed
def set_server(org: str) -> Page:
    form = _server_form(is_posted=True)
    if form.validate():
        with form.refusals():
            facts = servers.ServerFacts(
                host=(form.host.data or "").strip().lower(),
                port=form.port.data or 0,
                security=form.security.data,
                user=form.user.data or "",
                password=form.password.data or "",
            )
            house = organisation_row(organisation().id)
            servers.use_server(house, facts, private_allowed=_settings().private_mail_servers)
    if form.errors:
        return _page(org, Forms(server=form)), 422
    return _back(
        org, _("Email is sent over this server from now on. Send a test email to see that it works."), "server"
    )


@blueprint.post("/server/remove")
@requires("organisation.change")
@confirmed
def remove_server(org: str) -> Page:
    if not Form().validate():
        return _page(org, Forms()), 422
    servers.drop_server(organisation_row(organisation().id))
    return _back(org, _("Email is sent over the installation's server again."), "server")


@blueprint.post("/test")
@requires("organisation.change")
def try_out(org: str) -> Page:
    form = TrialForm()
    if form.validate():
        with form.refusals():
            if not limits.allow("outgoing.test", member().user_uid.encode(), _PER_HOUR):
                raise Refused("address", _("Ten test emails an hour are enough. Try again later"))
            send_trial(organisation(), form.address.data or "", i18n.current_language())
    if form.errors:
        return _page(org, Forms(trial=form)), 422
    return _back(org, _("The test email is on its way. Reload this page to see what became of it."), "test")


@blueprint.post("/keys")
@requires("organisation.change")
@confirmed
def make_key(org: str) -> Page:
    if not Form().validate():
        return _page(org, Forms()), 422
    house = organisation()
    db.release()
    signing_keys.prepare_key()
    signing_keys.make_dkim_key(house.id, default_sender(house.id).domain)
    return _back(org, _("The new key waits. Publish its record, then activate it."), "keys")


@blueprint.post("/keys/<key_uid>/activate")
@requires("organisation.change")
@confirmed
def activate(org: str, key_uid: str) -> Page:
    """Sign with a key from now on, if DNS shows its record, or if its owner says so all the same."""
    form, house = ActivateForm(), organisation()
    keys = domain_keys(house.id, signing_keys.key_domain(house.id, key_uid))
    if not form.validate():
        return _page(org, Forms()), 422
    if not form.anyway.data:
        db.release()
        checks = check_records([key.record for key in keys if key.uid == key_uid], _resolver())
        if checks[0].seen is not Seen.PUBLISHED:
            return _page(org, Forms(), checks), 422
        record_dns_proof(house.id, signing_keys.key_domain(house.id, key_uid))
    signing_keys.activate_key(house.id, key_uid)
    return _back(org, _("Email is signed with this key from now on. Keep the former record for a week."), "keys")


def _page(org: str, forms: Forms, checks: Sequence[Check] = ()) -> str:
    house = organisation()
    sender = default_sender(house.id)
    return render_template(
        "delivery/outgoing.html",
        org=org,
        forms=forms,
        token=Form(formdata=None),
        activate_form=ActivateForm(formdata=None),
        sender=sender,
        is_placeholder=is_placeholder(sender.address),
        records=dns_records(house.id, _mail_host()),
        keys=domain_keys(house.id, sender.domain),
        checks={one.record.name: (one, advice(one)) for one in checks},
        server=_own(),
        is_demonstration=brand(house.id).is_demonstration,
        trial=newest_trial(house),
        zone=brand(house.id).timezone,
    )


def _back(org: str, words: str, part: str) -> Response:
    flash(words)
    return saved_redirect(url_for("outgoing.index", org=org) + f"#{part}")


def _own() -> SmtpSettings | None:
    row = servers.server_row(organisation().id)
    return None if row is None else SmtpSettings.from_url(row.url)


def _rates_form(*, is_posted: bool = False) -> RatesForm:
    rates = rates_of(organisation().id)
    in_all = f"{rates['']:g}" if "" in rates else ""
    return RatesForm.of({"sender_rate": in_all, "domain_rates": typed_rates(rates)}, is_posted=is_posted)


def _cap_form(*, is_posted: bool = False) -> CapForm:
    row = organisation_row(organisation().id)
    return CapForm.of({"most_mails": row.most_mails, "most_mails_days": row.most_mails_days}, is_posted=is_posted)


def _server_form(*, is_posted: bool = False) -> ServerForm:
    own = _own()
    if own is None:
        return _with_choices(ServerForm.of({"port": 587, "security": "starttls"}, is_posted=is_posted))
    security = "tls" if own.tls else "none" if own.starttls is StartTls.OFF else "starttls"
    data = {"host": own.host, "port": own.port, "security": security, "user": own.user}
    return _with_choices(ServerForm.of(data, is_posted=is_posted))


def _with_choices(form: ServerForm) -> ServerForm:
    form.security.choices = [*ENCRYPTED, IN_THE_CLEAR] if _settings().private_mail_servers else ENCRYPTED
    return form


def _mail_host() -> str | None:
    """The server that the organisation's mail leaves over; the embedded inbox is nobody's."""
    own, installation = _own(), _settings().smtp_url
    if own is not None:
        return own.host
    return urlsplit(installation).hostname if installation else None


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _resolver() -> Resolver:
    found: Resolver = current_app.extensions.get("dns") or SystemResolver()
    return found
