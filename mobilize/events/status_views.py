"""Staff pages that move, postpone or cancel an event, or take it online: what will happen, and one button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core.errors import Conflict, NotFound, Refused
from mobilize.core.i18n import lazy
from mobilize.core.permissions import organisation, requires
from mobilize.core.text_fields import text_fields, texts_of
from mobilize.events import changes, forms, queries, showing
from mobilize.events.models import Event
from mobilize.events.registrations.models import RegistrationState
from mobilize.events.registrations.queries import counts
from mobilize.events.views import languages_of, refuse
from mobilize.organisations.forms import ZONES
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint("event_status", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/becomes")

Page = str | tuple[str, int]


@dataclass(frozen=True)
class Change:
    """One way in which an announced event can change: its words, and what does it with the form's values."""

    title: Any
    button: Any
    done: Any
    kind: str
    apply: Callable[[Event, Any, dict[str, str]], None]
    form: type[Any] = forms.StatusForm


CHANGES = {
    "moved": Change(
        title=lazy("Move the event"),
        button=lazy("Move it"),
        done=lazy("The event is moved"),
        kind="primary",
        apply=lambda row, form, reasons: changes.move(row, forms.moment(form), reasons),
        form=forms.MoveForm,
    ),
    "postponed": Change(
        title=lazy("Postpone the event"),
        button=lazy("Postpone it"),
        done=lazy("The event is postponed"),
        kind="primary",
        apply=lambda row, _form, reasons: changes.postpone(row, reasons),
    ),
    "online": Change(
        title=lazy("Take the event online"),
        button=lazy("Take it online"),
        done=lazy("The event takes place online"),
        kind="primary",
        apply=lambda row, _form, reasons: changes.move_online(row, reasons),
    ),
    "cancelled": Change(
        title=lazy("Cancel the event"),
        button=lazy("Cancel the event"),
        done=lazy("The event is cancelled"),
        kind="danger",
        apply=lambda row, _form, reasons: changes.cancel(row, reasons),
    ),
}


@blueprint.get("/<change>")
@requires("event.change")
def ask(org: str, event_slug: str, change: str) -> str:
    """What the change means, and the reason for it."""
    house, row, wanted = _asked(event_slug, change)
    form = _form(wanted, house).of(forms.stored_status(row), is_posted=False)
    return _page(org, house, row, wanted, form)


@blueprint.post("/<change>")
@requires("event.change")
def apply(org: str, event_slug: str, change: str) -> Response | Page:
    """Make the change."""
    house, row, wanted = _asked(event_slug, change)
    form = _form(wanted, house).of(forms.stored_status(row), is_posted=True)
    if form.validate():
        try:
            wanted.apply(row, form, texts_of(form, "reasons", languages_of(house)))
        except (Refused, Conflict) as refusal:
            refuse(form, refusal, house)
        else:
            flash(str(wanted.done))
            return redirect(url_for("events.edit", org=org, event_slug=event_slug), code=303)
    return _page(org, house, row, wanted, form), 422


def _asked(event_slug: str, change: str) -> tuple[Brand, Event, Change]:
    """Raises NotFound: no such event or change, or the event was never announced."""
    house = brand(organisation().id)
    row, wanted = queries.event_by_slug(house.id, event_slug), CHANGES.get(change)
    if wanted is None or row.published_at is None:
        raise NotFound("change")
    return house, row, wanted


def _form(wanted: Change, house: Brand) -> type[Any]:
    return forms.with_reasons(wanted.form, languages_of(house))


def _page(org: str, house: Brand, row: Event, wanted: Change, form: Any) -> str:
    return render_template(
        "events/becomes.html",
        org=org,
        brand=house,
        row=row,
        wanted=wanted,
        form=form,
        groups=text_fields(form, ("reasons",), languages_of(house)),
        zones=ZONES,
        showing=showing,
        told=_told(row, wanted),
    )


def _told(row: Event, wanted: Change) -> dict[str, int]:
    """How many people are mailed; those who have not confirmed yet only when the event is cancelled."""
    found = counts(row.id)
    pending = found[RegistrationState.PENDING] if wanted.kind == "danger" else 0
    return {"registered": found[RegistrationState.REGISTERED], "pending": pending}
