"""/studio/<org>/fairs: what staff see and write."""

from __future__ import annotations

from datetime import UTC

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core.permissions import member, organisation, requires
from tests.toy import queries, service
from tests.toy.forms import FairForm

blueprint = Blueprint("fairs", __name__, template_folder="templates")


@blueprint.get("/studio/<org>/fairs")
@requires("fair.read")
def index(org: str) -> str:
    """The fairs that are not over, and a form for the next one."""
    return _page(org, FairForm(formdata=None))


@blueprint.get("/studio/<org>/settings/fairs")
@requires("fair.change")
def settings(org: str) -> str:
    """A tab of the organisation's settings."""
    return render_template("fairs/settings.html", org=org)


@blueprint.post("/studio/<org>/fairs")
@requires("fair.change")
def create(org: str) -> Response | tuple[str, int]:
    form = FairForm()
    if not form.validate():
        return _page(org, form), 422
    begins_at = form.begins_at.data.replace(tzinfo=UTC)
    service.create_fair(organisation().id, form.slug.data, form.title_text.data, begins_at)
    return redirect(url_for("fairs.index", org=org), code=303)


def _page(org: str, form: FairForm) -> str:
    rows = queries.fairs(organisation().id)
    return render_template("fairs/index.html", org=org, rows=rows, form=form, may_add=member().may("fair.change"))
