"""/studio/<org>/campaigns/<slug>/documents: adding a document to a campaign, and taking one off."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.campaigns import queries, service, showing
from mobilize.campaigns.forms import DocumentForm
from mobilize.campaigns.models import Campaign
from mobilize.core import db
from mobilize.core.forms import Form
from mobilize.core.i18n import _, show_language
from mobilize.core.permissions import organisation, requires
from mobilize.core.settings import Settings
from mobilize.core.text_fields import ordered
from mobilize.media.documents import StoredDocument, add_document, require_room_for_documents, store_document
from mobilize.organisations.queries import brand

blueprint = Blueprint("campaign_documents", __name__, url_prefix="/studio/<org>/campaigns/<campaign_slug>/documents")

Page = str | tuple[str, int] | Response


@blueprint.get("/new")
@requires("campaign.change")
def new(org: str, campaign_slug: str) -> Page:
    """Choose a file."""
    row = queries.campaign_by_slug(organisation().id, campaign_slug)
    return _page(org, row, _offered(DocumentForm(formdata=None)))


@blueprint.post("/new")
@requires("campaign.change")
def add(org: str, campaign_slug: str) -> Page:
    """Store it and add it; what it tells about its author is said."""
    row = queries.campaign_by_slug(organisation().id, campaign_slug)
    form = _offered(DocumentForm())
    if form.validate():
        with form.refusals(conflicts="file"):
            stored = _stored(form)
            row = queries.campaign_by_slug(organisation().id, campaign_slug)
            file = add_document(organisation().id, stored)
            service.add_document(row, file, form.name.data or "", form.language.data or "")
    if form.errors:
        return _page(org, row, form), 422
    flash(_("The document is added. %(traces)s", traces=str(showing.TRACES[stored.traces])))
    return redirect(url_for("campaigns.show", org=org, campaign_slug=campaign_slug), code=303)


@blueprint.post("/<document_uid>/remove")
@requires("campaign.change")
def remove(org: str, campaign_slug: str, document_uid: str) -> Page:
    """Take a document off the campaign."""
    row = queries.campaign_by_slug(organisation().id, campaign_slug)
    document = queries.document_of(row.id, document_uid)
    if Form().validate():
        service.remove_document(row, document)
        flash(_("The document is taken off"))
    return redirect(url_for("campaigns.show", org=org, campaign_slug=campaign_slug), code=303)


def _offered(form: DocumentForm) -> DocumentForm:
    house = brand(organisation().id)
    form.language.choices = [(code, show_language(code)) for code in ordered(house.languages, house.default_language)]
    return form


def _stored(form: DocumentForm) -> StoredDocument:
    """Look through it without the lock that a writing unit holds since it found out who is asking."""
    settings: Settings = current_app.config["SETTINGS"]
    require_room_for_documents(organisation().id, settings.media_megabytes)
    db.release()
    return store_document(form.data_of(), settings.media_dir)


def _page(org: str, row: Campaign, form: DocumentForm) -> str:
    return render_template("campaigns/document.html", org=org, brand=brand(row.organisation_id), row=row, form=form)
