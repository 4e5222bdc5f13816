"""The bar beside every staff page: the nouns whose pages exist and that the member's role may open."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, g, request, url_for

from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, current_language, lazy
from mobilize.core.pages import language_choices
from mobilize.core.permissions import Permission, declared
from mobilize.organisations.queries import brand


@dataclass(frozen=True)
class Noun:
    """One place of the bar; ``prefix`` is the part of the URL after the organisation that belongs to it."""

    label: object
    endpoint: str
    icon: str
    prefix: str


NOUNS = (
    Noun(lazy("Home"), "studio.home", "home", ""),
    Noun(lazy("Mailings"), "mailings.index", "mail", "mailings"),
    Noun(lazy("Calendar"), "schedules.index", "calendar", "calendar"),
    Noun(lazy("People"), "subscribers.index", "people", "people"),
    Noun(lazy("Actions"), "actions.index", "actions", "actions"),
    Noun(lazy("Insights"), "reports.index", "insights", "insights"),
)
SETTINGS = Noun(lazy("Settings"), "organisations.settings", "settings", "settings")


def install(app: Flask) -> None:
    """Give every template ``navigation`` when a member asks about their organisation."""
    app.context_processor(lambda: {"navigation": navigation()} if g.get("member") and g.get("organisation") else {})


def navigation() -> dict[str, object]:
    """What the frame shows for the organisation and the member of this request."""
    slug = g.organisation.slug
    shown = [_place(noun, slug) for noun in NOUNS if _may_open(noun)]
    return {
        "house": brand(g.organisation.id).label,
        "home_url": f"/studio/{slug}/",
        "nouns": shown,
        "settings": _place(SETTINGS, slug) if _may_open(SETTINGS) else None,
        "languages": language_choices(),
        "language_name": LANGUAGES[current_language()],
        "here": request.path,
        "token": Form(formdata=None),
        "account_url": url_for("accounts.account"),
        "sign_out_url": url_for("accounts.logout"),
    }


def _may_open(noun: Noun) -> bool:
    view = current_app.view_functions.get(noun.endpoint)
    wanted = declared(view) if view else None
    return isinstance(wanted, Permission) and g.member.may(wanted)


def _place(noun: Noun, slug: str) -> dict[str, object]:
    url = url_for(noun.endpoint, org=slug)
    root = f"/studio/{slug}/{noun.prefix}"
    inside = request.path.startswith(root) if noun.prefix else request.path == root
    return {"label": noun.label, "icon": noun.icon, "url": url, "current": inside, "exact": request.path == url}
