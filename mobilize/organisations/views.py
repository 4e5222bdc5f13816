"""/studio/<org>/settings/: what an organisation is called, how it looks, and where its mail comes from."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core import db
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.i18n import LANGUAGES, _
from mobilize.core.permissions import member, organisation, requires
from mobilize.organisations import service
from mobilize.organisations.forms import ZONES, SenderForm, SettingsForm
from mobilize.organisations.queries import Brand, brand, default_sender
from mobilize.organisations.rules import is_placeholder
from mobilize.organisations.signing_keys import prepare_key

blueprint = Blueprint("organisations", __name__, url_prefix="/studio/<org>/settings")

Page = str | tuple[str, int] | Response


@blueprint.get("/")
@requires("organisation.read")
def settings(org: str) -> Page:
    """The settings: a form for owners, facts for everybody else."""
    found = brand(organisation().id)
    if not member().may("organisation.change"):
        names = [LANGUAGES[code] for code in found.languages]
        sender = default_sender(found.id)
        return render_template("organisations/facts.html", org=org, brand=found, sender=sender, language_names=names)
    return _page(org, _settings_form(found, is_posted=False), _sender_form(found.id, is_posted=False))


@blueprint.post("/")
@requires("organisation.change")
def change_settings(org: str) -> Page:
    house = organisation()
    form = _settings_form(brand(house.id), is_posted=True)
    if form.is_untouched:
        return saved_redirect(url_for("organisations.settings", org=org))
    if form.validate():
        with form.refusals():
            service.change_settings(house.id, _facts(form, brand(house.id)))
    if form.errors:
        return _page(org, form, _sender_form(house.id, is_posted=False)), 422
    flash(_("The settings are changed."))
    return saved_redirect(url_for("organisations.settings", org=org))


@blueprint.post("/sender")
@requires("organisation.change")
def change_sender(org: str) -> Page:
    house = organisation()
    form = _sender_form(house.id, is_posted=True)
    if form.validate():
        db.release()
        prepare_key()
        with form.refusals():
            service.change_sender(
                house.id,
                name=form.sender_name.data,
                address=form.sender_address.data,
                reply_to=form.reply_to.data or "",
            )
    if form.errors:
        return _page(org, _settings_form(brand(house.id), is_posted=False), form), 422
    flash(_("Mail comes from this address from now on. Publish its records (under Sending) before the next mailing."))
    return saved_redirect(url_for("organisations.settings", org=org) + "#sender")


def _page(org: str, form: SettingsForm, sender_form: SenderForm) -> str:
    house = organisation()
    return render_template(
        "organisations/settings.html",
        org=org,
        form=form,
        sender_form=sender_form,
        zones=ZONES,
        sender=default_sender(house.id),
        is_placeholder=is_placeholder(default_sender(house.id).address),
    )


def _facts(form: SettingsForm, old: Brand) -> service.Facts:
    return service.Facts(
        name=form.name.data,
        default_language=form.default_language.data,
        languages=form.languages.data or (),
        timezone=form.timezone.data,
        accent=form.accent.data,
        postal_address=form.postal_address.data or "",
        website=form.website.data or "",
        descriptions=old.descriptions,
    )


def _settings_form(found: Brand, *, is_posted: bool) -> SettingsForm:
    fields = ("name", "website", "postal_address", "accent", "timezone", "default_language")
    data = {**{name: getattr(found, name) for name in fields}, "languages": list(found.languages)}
    return SettingsForm.of(data, is_posted=is_posted)


def _sender_form(organisation_id: int, *, is_posted: bool) -> SenderForm:
    sender = default_sender(organisation_id)
    data = {"sender_name": sender.name, "sender_address": sender.address, "reply_to": sender.reply_to}
    return SenderForm.of(data, is_posted=is_posted)
