"""Staff pages that publish a change of an appeal, or close it: what will happen, and one button.

page (the list of consequences) -> POST: the change as seen, or the list as it is now
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.appeals.appeal import changes as appeal_changes
from mobilize.appeals.appeal import queries, showing
from mobilize.appeals.appeal.anchor import moments_of
from mobilize.appeals.appeal.models import Appeal
from mobilize.core.effects import PlannedChange
from mobilize.core.errors import Conflict, NotFound
from mobilize.core.forms import Form
from mobilize.core.i18n import lazy
from mobilize.core.permissions import organisation, requires
from mobilize.organisations.queries import Brand, brand
from mobilize.schedules import changes
from mobilize.schedules.changes import Consequences, Outdated

blueprint = Blueprint("appeal_changes", __name__, url_prefix="/studio/<org>/appeals/<appeal_slug>/becomes")

Page = str | tuple[str, int]


@dataclass(frozen=True)
class ChangePage:
    """One way in which a public appeal can change: its words, what it needs, and the verb that makes it."""

    title: Any
    button: Any
    done: Any
    kind: str
    require: Callable[[Appeal], object]
    make: Callable[[Appeal], None]
    is_off: bool = False


CHANGES = {
    "updated": ChangePage(
        title=lazy("Publish the changes"),
        button=lazy("Publish the changes"),
        done=lazy("The appeal is updated"),
        kind="primary",
        require=appeal_changes.require_updatable,
        make=appeal_changes.publish_update,
    ),
    "closed": ChangePage(
        title=lazy("Close the appeal"),
        button=lazy("Close the appeal"),
        done=lazy("The appeal is closed"),
        kind="danger",
        require=appeal_changes.require_closable,
        make=appeal_changes.close,
        is_off=True,
    ),
}


@blueprint.get("/<change>")
@requires("appeal.change")
def ask(org: str, appeal_slug: str, change: str) -> str:
    """What the change does."""
    house, row, wanted = _asked(appeal_slug, change)
    form = Form(formdata=None)
    try:
        wanted.require(row)
    except Conflict as conflict:
        form.form_errors.append(conflict.message)
        return _page(org, house, row, wanted, form, None)
    return _page(org, house, row, wanted, form, changes.preview(_planned(change, row)))


@blueprint.post("/<change>")
@requires("appeal.change")
def apply(org: str, appeal_slug: str, change: str) -> Response | Page:
    """Make the change, if what it does is what was seen."""
    house, row, wanted = _asked(appeal_slug, change)
    form = Form()
    if not form.validate():
        return _page(org, house, row, wanted, form, None), 422
    try:
        wanted.require(row)
        changes.apply(_planned(change, row), request.form.get("seen", ""), lambda: wanted.make(row))
    except Outdated as outdated:
        form.form_errors.append(outdated.message)
        return _page(org, house, row, wanted, form, outdated.fresh), 409
    except Conflict as conflict:
        form.form_errors.append(conflict.message)
        return _page(org, house, row, wanted, form, None), 422
    flash(str(wanted.done))
    return redirect(url_for("appeals.edit", org=org, appeal_slug=appeal_slug), code=303)


def _planned(change: str, row: Appeal) -> PlannedChange:
    """What is prepared in the draft, as other features are asked and told about it."""
    words, ref = queries.draft_of(row), f"appeal:{row.uid}"
    if change == "closed":
        facts = {"outcome": words.outcome.value if words.outcome else ""}
        return PlannedChange(row.organisation_id, ref, change, {}, is_off=True, facts=facts)
    facts = {"further": str(row.furthers + 1) if words.further else ""}
    return PlannedChange(row.organisation_id, ref, change, moments_of(row, words.last_day), facts=facts)


def _asked(appeal_slug: str, change: str) -> tuple[Brand, Appeal, ChangePage]:
    """Raises NotFound: no such appeal or change, or the appeal was never public."""
    house = brand(organisation().id)
    row, wanted = queries.appeal_by_slug(house.id, appeal_slug), CHANGES.get(change)
    if wanted is None or row.published_at is None:
        raise NotFound("change")
    return house, row, wanted


def _page(org: str, house: Brand, row: Appeal, wanted: ChangePage, form: Any, found: Consequences | None) -> str:
    return render_template(
        "schedules/appeal_change.html",
        org=org,
        brand=house,
        row=row,
        words=queries.draft_of(row),
        wanted=wanted,
        form=form,
        found=found,
        showing=showing,
        queries=queries,
    )
