"""Staff pages of an event's groups: their words, their links to the form, how many chose them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import StringField

from mobilize.core.edit_forms import EditForm, saved_redirect
from mobilize.core.errors import NotAllowed
from mobilize.core.forms import Form
from mobilize.core.i18n import _, lazy
from mobilize.core.permissions import organisation, requires
from mobilize.core.text_fields import REQUIRED, text_fields, text_values, texts_beside, with_texts
from mobilize.events import showing
from mobilize.events.models import Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import groups
from mobilize.events.registrations.groups import NAME_LENGTH, TEXT_LENGTH, GroupFacts
from mobilize.events.registrations.models import RegistrationGroup
from mobilize.events.views import languages_of
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint(
    "registration_groups", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/registrations/groups"
)

Page = str | tuple[str, int]

_TEXTS = ("names", "introductions", "confirmations")


class GroupForm(EditForm):
    """The words of a group; ``group_form`` adds them by language."""


class NewGroupForm(GroupForm):
    slug = StringField(
        lazy("Short name"),
        [REQUIRED],
        description=lazy("The last part of the group’s link. Lower-case letters, digits and hyphens."),
    )


@blueprint.get("")
@requires("registrations.read")
def index(org: str, event_slug: str) -> str:
    """The groups with their links."""
    house, event = _event(event_slug)
    return render_template(
        "events/registration_groups.html",
        org=org,
        brand=house,
        row=event,
        groups=groups.groups_of(event.id),
        counts=groups.group_counts(event.id),
        link=f"{showing.event_url(event, house)}/register",
        press=Form(formdata=None),
    )


@blueprint.get("/new")
@requires("event.change")
def new(org: str, event_slug: str) -> str:
    """A group with nothing in it yet."""
    house, event = _event(event_slug)
    return _page(org, house, event, None, _form(house, None, is_posted=False))


@blueprint.post("/new")
@requires("event.change")
def create(org: str, event_slug: str) -> Response | Page:
    """Make a group."""
    house, event = _event(event_slug)
    form = _form(house, None, is_posted=True)
    if form.validate():
        with form.refusals(conflicts="slug"):
            groups.create_group(event, form.slug.data or "", _facts(form, house, None))
            flash(_("The group is made. The form offers it from now on."))
            return redirect(url_for(".index", org=org, event_slug=event_slug), code=303)
    return _page(org, house, event, None, form), 422


@blueprint.get("/<group_slug>")
@requires("event.change")
def edit(org: str, event_slug: str, group_slug: str) -> str:
    """The words of a group."""
    house, event = _event(event_slug)
    group = groups.group_by_slug(event.id, group_slug)
    return _page(org, house, event, group, _form(house, group, is_posted=False))


@blueprint.post("/<group_slug>")
@requires("event.change")
def change(org: str, event_slug: str, group_slug: str) -> Response | Page:
    """Save the words of a group."""
    house, event = _event(event_slug)
    group = groups.group_by_slug(event.id, group_slug)
    form = _form(house, group, is_posted=True)
    back = url_for(".index", org=org, event_slug=event_slug)
    if form.is_untouched:
        return saved_redirect(back)
    if form.validate():
        with form.refusals():
            groups.change_group(event, group, _facts(form, house, group))
            flash(_("Saved"))
            return saved_redirect(back)
    return _page(org, house, event, group, form), 422


@blueprint.post("/<group_slug>/<any(offer, end):what>")
@requires("event.change")
def offer(org: str, event_slug: str, group_slug: str, what: str) -> Response:
    """Offer a group on the form, or no more."""
    _house, event = _event(event_slug)
    if not Form().validate():
        raise NotAllowed(_("This page was open for too long. Go back and try again"))
    groups.offer_group(event, groups.group_by_slug(event.id, group_slug), offered=what == "offer")
    flash(_("Saved"))
    return redirect(url_for(".index", org=org, event_slug=event_slug), code=303)


def _event(event_slug: str) -> tuple[Brand, Event]:
    house = brand(organisation().id)
    return house, event_by_slug(house.id, event_slug)


def _form(house: Brand, group: RegistrationGroup | None, *, is_posted: bool) -> Any:
    texts = {
        "names": (_("Name"), NAME_LENGTH),
        "introductions": (_("Introduction on the form"), TEXT_LENGTH),
        "confirmations": (_("Sentence in the confirmation"), TEXT_LENGTH),
    }
    languages = languages_of(house)
    made = with_texts(GroupForm if group else NewGroupForm, languages, texts, required="names")
    stored = {
        name: value for text in _TEXTS for name, value in text_values(text, _stored(group, text), languages).items()
    }
    return made.of(stored, is_posted=is_posted)


def _stored(group: RegistrationGroup | None, text: str) -> dict[str, str]:
    found: dict[str, str] = getattr(group, text) if group else {}
    return found


def _facts(form: Any, house: Brand, group: RegistrationGroup | None) -> GroupFacts:
    languages = languages_of(house)
    return GroupFacts(**{text: texts_beside(form, text, languages, _stored(group, text)) for text in _TEXTS})


def _page(org: str, house: Brand, event: Event, group: RegistrationGroup | None, form: Any) -> str:
    return render_template(
        "events/registration_group.html",
        org=org,
        brand=house,
        row=event,
        group=group,
        form=form,
        groups=text_fields(form, _TEXTS, languages_of(house)),
    )
