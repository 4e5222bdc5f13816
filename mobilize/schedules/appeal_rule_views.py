"""Staff pages of the mail that is tied to an appeal."""

from __future__ import annotations

from flask import Blueprint

from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.queries import appeal_by_slug
from mobilize.core.permissions import organisation, requires
from mobilize.schedules import thing_pages
from mobilize.schedules.thing_pages import Page

blueprint = Blueprint("appeal_rules", __name__, url_prefix="/studio/<org>/appeals/<appeal_slug>/mail")


@blueprint.get("")
@requires("rule.read")
def show(org: str, appeal_slug: str) -> Page:
    """What is sent about one appeal, when and to whom; what was sent; and sets to begin with."""
    appeal = _appeal(appeal_slug)
    return thing_pages.show(org, _ref(appeal), appeal.created_at)


@blueprint.post("/set")
@requires("rule.change")
def add_set(org: str, appeal_slug: str) -> Page:
    """Make the rules of a ready-made set, all switched off."""
    return thing_pages.add_set(org, _ref(_appeal(appeal_slug)))


@blueprint.get("/new")
@requires("rule.change")
def new(org: str, appeal_slug: str) -> Page:
    """A rule with nothing chosen yet."""
    return thing_pages.new(org, _ref(_appeal(appeal_slug)))


@blueprint.post("/new")
@requires("rule.change")
def create(org: str, appeal_slug: str) -> Page:
    """Make a rule, switched off, with a sample text to write over."""
    return thing_pages.create(org, _ref(_appeal(appeal_slug)))


def _appeal(slug: str) -> Appeal:
    return appeal_by_slug(organisation().id, slug)


def _ref(appeal: Appeal) -> str:
    return f"appeal:{appeal.uid}"
