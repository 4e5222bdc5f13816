"""/studio/<org>/pictures: an organisation's pictures, and adding one."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core.i18n import _
from mobilize.core.permissions import member, organisation, requires
from mobilize.core.settings import Settings
from mobilize.media.forms import PictureForm
from mobilize.media.queries import newest_pictures
from mobilize.media.service import add_picture

blueprint = Blueprint("pictures", __name__, url_prefix="/studio/<org>/pictures")

Page = str | tuple[str, int] | Response


@blueprint.get("/")
@requires("mailing.read")
def index(org: str) -> Page:
    """The newest pictures with the names that image blocks use."""
    return _page(org, PictureForm(formdata=None))


@blueprint.post("/")
@requires("mailing.change")
def add(org: str) -> Page:
    form = PictureForm()
    settings: Settings = current_app.config["SETTINGS"]
    if form.validate():
        with form.refusals():
            add_picture(organisation().id, form.data_of(), settings.media_dir)
    if form.errors:
        return _page(org, form), 422
    flash(_("The picture is here. Its name goes into an image block."))
    return redirect(url_for("pictures.index", org=org), code=303)


def _page(org: str, form: PictureForm) -> str:
    return render_template(
        "media/pictures.html",
        org=org,
        form=form,
        pictures=newest_pictures(organisation().id),
        may_add=member().may("mailing.change"),
    )
