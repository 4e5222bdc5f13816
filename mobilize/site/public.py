"""The front door: the installation's root, and each organisation's own home page."""

from __future__ import annotations

from flask import Blueprint, current_app, g, redirect, render_template
from sqlalchemy import select
from werkzeug.wrappers import Response

from mobilize.appeals.appeal import showing as appeals_showing
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.queries import public_appeals
from mobilize.core import clock, i18n, pages
from mobilize.core.clients import is_on_this_machine
from mobilize.core.db import session
from mobilize.core.permissions import public
from mobilize.core.settings import Settings
from mobilize.events import showing
from mobilize.events.models import Event
from mobilize.events.queries import over, published_events, to_come
from mobilize.organisations import queries as organisations
from mobilize.site.queries import has_archive
from mobilize.subscribers.models import MailingList

blueprint = Blueprint("site", __name__)

MOST_LOOKED_AT = 20
"""Open appeals, the newest first: each is asked whether the case is being checked."""


@blueprint.get("/")
@public
def root() -> Response | str:
    """Where a visitor without a destination lands; organisations are listed together only in the demonstration."""
    found = organisations.organisations()
    if _is_demonstration():
        return render_template("site/root.html", organisations=[organisations.brand(one.id) for one in found])
    if len(found) == 1:
        return redirect(f"/{found[0].slug}/", code=303)
    return render_template("site/root.html", organisations=[])


@blueprint.get("/<org>/")
@public
def home(org: str) -> str:
    """One organisation: who it is, whom one can act for, its events, and what one can subscribe to."""
    brand = organisations.brand_by_slug(org)
    g.organisation = brand
    i18n.set_language(pages.choose_language(list(brand.languages), brand.default_language))
    chosen = select(MailingList).where(MailingList.organisation_id == brand.id, MailingList.is_public)
    lists = session.scalars(chosen.order_by(MailingList.position, MailingList.id)).all()
    return render_template(
        "site/home.html",
        organisation=brand,
        lists=lists,
        events=_events(brand.id),
        appeals=_appeals(brand),
        showing=showing,
        has_archive=has_archive(brand.id),
    )


def _events(organisation_id: int) -> list[Event]:
    """The next events; where none is announced, the last."""
    found, now = published_events(organisation_id), clock.now()
    return to_come(found, now)[:3] or over(found, now)[:1]


def _appeals(house: organisations.Brand) -> list[tuple[Appeal, str]]:
    """The newest appeals that ask people to act, with their titles."""
    now = clock.now()
    found = [row for row in public_appeals(house.id) if row.outcome is None][:MOST_LOOKED_AT]
    asking = [row for row in found if appeals_showing.standing(row, now).asks][:3]
    return [(row, appeals_showing.public_title(row, house, now)) for row in asking]


def _is_demonstration() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.inbox_enabled and is_on_this_machine()
