"""Staff pages that move, postpone or cancel an event, or take it online: what will happen, and one button.

page (the list, where nothing has to be chosen first) -> POST: the list for what was chosen, or the change as seen
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.core.effects import PlannedChange
from mobilize.core.errors import Conflict, NotFound, Refused
from mobilize.core.feature import Anchored, Moment
from mobilize.core.i18n import lazy, show_language, show_list
from mobilize.core.permissions import organisation, requires
from mobilize.core.text_fields import text_fields, texts_of
from mobilize.events import changes as event_changes
from mobilize.events import forms, queries, service, showing
from mobilize.events.anchors import moments_of
from mobilize.events.models import Event
from mobilize.events.views import languages_of
from mobilize.organisations.forms import ZONES
from mobilize.organisations.queries import Brand, brand
from mobilize.schedules import changes
from mobilize.schedules.changes import Consequences, Outdated

blueprint = Blueprint("event_changes", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/becomes")

Page = str | tuple[str, int]
Texts = Mapping[str, str]


@dataclass(frozen=True)
class ChangePage:
    """One way in which an announced event can change: its words, its form, and the verb that makes it.

    ``is_off``: the event has no moments afterwards. The verb gets the event, the form and the reasons.
    """

    title: Any
    button: Any
    done: Any
    kind: str
    make: Callable[[Event, Any, Texts], None]
    form: type[Any] = forms.StatusForm
    is_off: bool = False

    @property
    def needs_future(self) -> bool:
        """Whether an event that is over cannot change like this; it can be moved to a date to come."""
        return self.form is not forms.MoveForm


def url_to_move(org: str, thing: Anchored) -> str:
    """Where the moments of something that mail is tied to are changed."""
    if thing.kind != "event":
        return thing.url
    if not thing.is_public or thing.is_off:
        return url_for("events.edit", org=org, event_slug=thing.slug)
    return url_for("event_changes.ask", org=org, event_slug=thing.slug, change="moved")


CHANGES = {
    "moved": ChangePage(
        title=lazy("Move the event"),
        button=lazy("Move it"),
        done=lazy("The event is moved"),
        kind="primary",
        make=lambda row, form, reasons: event_changes.move(row, forms.moment(form), reasons),
        form=forms.MoveForm,
    ),
    "postponed": ChangePage(
        title=lazy("Postpone the event"),
        button=lazy("Postpone it"),
        done=lazy("The event is postponed"),
        kind="primary",
        make=lambda row, _form, reasons: event_changes.postpone(row, reasons),
        is_off=True,
    ),
    "online": ChangePage(
        title=lazy("Take the event online"),
        button=lazy("Take it online"),
        done=lazy("The event takes place online"),
        kind="primary",
        make=lambda row, _form, reasons: event_changes.move_online(row, reasons),
    ),
    "cancelled": ChangePage(
        title=lazy("Cancel the event"),
        button=lazy("Cancel the event"),
        done=lazy("The event is cancelled"),
        kind="danger",
        make=lambda row, _form, reasons: event_changes.cancel(row, reasons),
        is_off=True,
    ),
}


@blueprint.get("/<change>")
@requires("event.change")
def ask(org: str, event_slug: str, change: str) -> str:
    """What the change means, and the reason for it."""
    house, row, wanted = _asked(event_slug, change)
    form = _form(wanted, house).of(forms.stored_status(row), is_posted=False)
    try:
        service.require_possible(row, needs_future=wanted.needs_future)
    except Conflict as conflict:
        form.form_errors.append(conflict.message)
        return _page(org, house, row, wanted, form, None)
    found = None if wanted.form is forms.MoveForm else changes.preview(_planned(change, wanted, row, form))
    return _page(org, house, row, wanted, form, found)


@blueprint.post("/<change>")
@requires("event.change")
def apply(org: str, event_slug: str, change: str) -> Response | Page:
    """Show what the change does; or make it, if that is what was seen."""
    house, row, wanted = _asked(event_slug, change)
    form = _form(wanted, house).of(forms.stored_status(row), is_posted=True)
    if not form.validate():
        return _page(org, house, row, wanted, form, None), 422
    reasons = texts_of(form, "reasons", languages_of(house))
    missing = _without_reason(row, reasons, house)
    try:
        planned = _planned(change, wanted, row, form)
        if not request.form.get("seen") or (missing and not request.form.get("without")):
            return _page(org, house, row, wanted, form, changes.preview(planned), missing)
        changes.apply(planned, request.form["seen"], lambda: wanted.make(row, form, reasons))
    except Outdated as outdated:
        form.form_errors.append(outdated.message)
        return _page(org, house, row, wanted, form, outdated.fresh, missing), 409
    except Refused as refusal:
        form.refuse(refusal)
        return _page(org, house, row, wanted, form, None), 422
    except Conflict as conflict:
        form.form_errors.append(conflict.message)
        return _page(org, house, row, wanted, form, None), 422
    flash(str(wanted.done))
    return redirect(url_for("events.edit", org=org, event_slug=event_slug), code=303)


def _planned(change: str, wanted: ChangePage, row: Event, form: Any) -> PlannedChange:
    """Raises Refused: a moment that cannot be. Conflict: the event is cancelled or over."""
    service.require_possible(row, needs_future=wanted.needs_future)
    ref = f"event:{row.uid}"
    if wanted.is_off:
        return PlannedChange(row.organisation_id, ref, change, {}, is_off=change == "cancelled")
    moments: Mapping[str, Moment] = moments_of(row)
    if wanted.form is forms.MoveForm:
        moments = moments_of(row, forms.moment(form))
    return PlannedChange(row.organisation_id, ref, change, moments)


def _without_reason(row: Event, reasons: Texts, house: Brand) -> str:
    """In words, the languages of the event in which readers would see the reason in the default one; '' if none."""
    if not reasons:
        return ""
    return show_list(show_language(tag) for tag in row.titles if tag not in reasons and tag in house.languages)


def _asked(event_slug: str, change: str) -> tuple[Brand, Event, ChangePage]:
    """Raises NotFound: no such event or change, or the event was never announced."""
    house = brand(organisation().id)
    row, wanted = queries.event_by_slug(house.id, event_slug), CHANGES.get(change)
    if wanted is None or row.published_at is None:
        raise NotFound("change")
    return house, row, wanted


def _form(wanted: ChangePage, house: Brand) -> type[Any]:
    return forms.with_reasons(wanted.form, languages_of(house))


def _page(
    org: str, house: Brand, row: Event, wanted: ChangePage, form: Any, found: Consequences | None, missing: str = ""
) -> str:
    return render_template(
        "schedules/change.html",
        org=org,
        brand=house,
        row=row,
        wanted=wanted,
        form=form,
        groups=text_fields(form, ("reasons",), languages_of(house)),
        zones=ZONES,
        showing=showing,
        found=found,
        missing=missing,
    )
