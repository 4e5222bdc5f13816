"""Staff pages of the mail that is tied to an event."""

from __future__ import annotations

from flask import Blueprint

from mobilize.core.permissions import organisation, requires
from mobilize.events.models import Event
from mobilize.events.queries import event_by_slug
from mobilize.schedules import thing_pages
from mobilize.schedules.thing_pages import Page

blueprint = Blueprint("event_rules", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/mail")


@blueprint.get("")
@requires("rule.read")
def show(org: str, event_slug: str) -> Page:
    """What is sent about one event, when and to whom; what was sent; and sets to begin with."""
    event = _event(event_slug)
    return thing_pages.show(org, _ref(event), event.created_at)


@blueprint.post("/set")
@requires("rule.change")
def add_set(org: str, event_slug: str) -> Page:
    """Make the rules of a ready-made set, all switched off."""
    return thing_pages.add_set(org, _ref(_event(event_slug)))


@blueprint.get("/new")
@requires("rule.change")
def new(org: str, event_slug: str) -> Page:
    """A rule with nothing chosen yet."""
    return thing_pages.new(org, _ref(_event(event_slug)))


@blueprint.post("/new")
@requires("rule.change")
def create(org: str, event_slug: str) -> Page:
    """Make a rule, switched off, with a sample text to write over."""
    return thing_pages.create(org, _ref(_event(event_slug)))


def _event(slug: str) -> Event:
    return event_by_slug(organisation().id, slug)


def _ref(event: Event) -> str:
    return f"event:{event.uid}"
