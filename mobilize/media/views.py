"""/studio/<org>/pictures: an organisation's pictures, and adding one."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core import db
from mobilize.core.i18n import _
from mobilize.core.permissions import member, organisation, requires
from mobilize.core.settings import Settings
from mobilize.media.forms import PictureForm
from mobilize.media.queries import newest_pictures
from mobilize.media.service import StoredPicture, add_picture, require_room, store_picture

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
            stored = _stored(form, settings)
            add_picture(organisation().id, stored)
    if form.errors:
        return _page(org, form), 422
    flash(_("The picture is added. You can use it in mailings."))
    if stored.was_animated:
        flash(_("It was animated. Only its first frame is kept."))
    return redirect(url_for("pictures.index", org=org), code=303)


def _stored(form: PictureForm, settings: Settings) -> StoredPicture:
    """Decode without the lock that a writing unit holds since it found out who is asking."""
    require_room(organisation().id, settings.media_megabytes)
    db.release()
    return store_picture(form.data_of(), settings.media_dir)


def _page(org: str, form: PictureForm) -> str:
    return render_template(
        "media/pictures.html",
        org=org,
        form=form,
        pictures=newest_pictures(organisation().id),
        may_add=member().may("mailing.change"),
    )
