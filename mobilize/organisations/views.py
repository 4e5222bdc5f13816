"""/studio/<org>/settings/: what an organisation is called, how it looks, and where its mail comes from."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core import db
from mobilize.core.edit_forms import EditForm, saved_redirect
from mobilize.core.i18n import LANGUAGES, _
from mobilize.core.permissions import confirmed, member, organisation, requires
from mobilize.core.text_fields import ordered, text_fields, text_values, texts_beside
from mobilize.organisations import service
from mobilize.organisations.forms import ZONES, sender_form, settings_form
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
    return _page(org, _settings_form(found, is_posted=False), _sender_form(found, is_posted=False))


@blueprint.post("/")
@requires("organisation.change")
def change_settings(org: str) -> Page:
    house = brand(organisation().id)
    form = _settings_form(house, is_posted=True)
    if form.is_untouched:
        return saved_redirect(url_for("organisations.settings", org=org))
    if form.validate():
        with form.refusals():
            service.change_settings(house.id, _facts(form, house))
    if form.errors:
        return _page(org, form, _sender_form(house, is_posted=False)), 422
    flash(_("The settings are changed."))
    return saved_redirect(url_for("organisations.settings", org=org))


@blueprint.post("/sender")
@requires("organisation.change")
@confirmed
def change_sender(org: str) -> Page:
    house = brand(organisation().id)
    form, names = _sender_form(house, is_posted=True), default_sender(house.id).names
    if form.validate():
        db.release()
        prepare_key()
        with form.refusals():
            service.change_sender(
                house.id,
                names=texts_beside(form, "sender_names", house.languages, names),
                address=form["sender_address"].data,
                reply_to=form["reply_to"].data or "",
            )
    if form.errors:
        return _page(org, _settings_form(house, is_posted=False), form), 422
    flash(
        _(
            "Email is sent from this address from now on. Publish its records (under Email sending) before the next"
            " mailing."
        )
    )
    return saved_redirect(url_for("organisations.settings", org=org) + "#sender")


def _page(org: str, form: EditForm, sender_form: EditForm) -> str:
    house = brand(organisation().id)
    sender = default_sender(house.id)
    return render_template(
        "organisations/settings.html",
        org=org,
        form=form,
        texts=text_fields(form, ("names", "postal_addresses"), _languages(house)),
        sender_form=sender_form,
        sender_texts=text_fields(sender_form, ("sender_names",), _languages(house)),
        zones=ZONES,
        sender=sender,
        is_placeholder=is_placeholder(sender.address),
    )


def _facts(form: EditForm, old: Brand) -> service.Facts:
    return service.Facts(
        names=texts_beside(form, "names", old.languages, old.names),
        default_language=form["default_language"].data,
        languages=form["languages"].data or (),
        timezone=form["timezone"].data,
        accent=form["accent"].data,
        postal_addresses=texts_beside(form, "postal_addresses", old.languages, old.postal_addresses),
        website=form["website"].data or "",
        descriptions=old.descriptions,
    )


def _settings_form(house: Brand, *, is_posted: bool) -> EditForm:
    data = {
        **text_values("names", house.names, house.languages),
        **text_values("postal_addresses", house.postal_addresses, house.languages),
        **{name: getattr(house, name) for name in ("website", "accent", "timezone", "default_language")},
        "languages": list(house.languages),
    }
    return settings_form(_languages(house)).of(data, is_posted=is_posted)


def _sender_form(house: Brand, *, is_posted: bool) -> EditForm:
    sender = default_sender(house.id)
    names = text_values("sender_names", sender.names, house.languages)
    data = {**names, "sender_address": sender.address, "reply_to": sender.reply_to}
    return sender_form(_languages(house)).of(data, is_posted=is_posted)


def _languages(house: Brand) -> list[str]:
    return ordered(house.languages, house.default_language)
