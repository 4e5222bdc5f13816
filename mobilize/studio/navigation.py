"""The bar beside every staff page: the nouns whose pages exist and that the member's role may open."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from flask import Flask, current_app, g, request, url_for

from mobilize.core import feature
from mobilize.core.feature import Feature, Noun, Place
from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, _, current_language, lazy
from mobilize.core.pages import language_choices
from mobilize.core.permissions import declared
from mobilize.organisations.queries import brand

LABELS = {
    Noun.HOME: lazy("Home"),
    Noun.MAILINGS: lazy("Mailings"),
    Noun.CALENDAR: lazy("Calendar"),
    Noun.PEOPLE: lazy("People"),
    Noun.ACTIONS: lazy("Actions"),
    Noun.INSIGHTS: lazy("Insights"),
    Noun.SETTINGS: lazy("Settings"),
}
ICONS = {Noun.MAILINGS: "mail"}


def install(app: Flask) -> None:
    """Give every template ``navigation`` when a member asks about their organisation."""
    app.context_processor(lambda: {"navigation": navigation()} if g.get("member") and g.get("organisation") else {})
    app.jinja_env.globals["tabs_of"] = tabs_of


def navigation() -> dict[str, object]:
    """What the frame shows for the organisation and the member of this request; ``tabs`` are the current noun's."""
    slug = g.organisation.slug
    places = _open_places()
    here = _current(places, slug)
    bar = {noun: _item(noun, found, here, slug) for noun, found in places.items()}
    return {
        "house": brand(g.organisation.id).label,
        "home_url": f"/studio/{slug}/",
        "nouns": [bar[noun] for noun in Noun if noun in bar and noun is not Noun.SETTINGS],
        "search": _search(slug) if _may_open("studio.search") else None,
        "settings": bar.get(Noun.SETTINGS),
        "tabs": [_tab(one, here, slug) for one in places[here.noun]] if here else [],
        "languages": language_choices(),
        "language_name": LANGUAGES[current_language()],
        "here": request.path,
        "token": Form(formdata=None),
        "account_url": url_for("accounts.account"),
        "sign_out_url": url_for("accounts.logout"),
    }


def tabs_of(kind: str, **values: Any) -> list[dict[str, object]]:
    """The pages about one thing, named by ``values``, that the member may open: as ``ui/steps.html`` draws them."""
    found = [tab for one in feature.used() for tab in one.tabs if tab.of == kind and _may_open(tab.endpoint)]
    found.sort(key=attrgetter("order"))
    urls = [(tab, url_for(tab.endpoint, org=g.organisation.slug, **values)) for tab in found]
    here = max((url for _tab, url in urls if f"{request.path}/".startswith(f"{url}/")), key=len, default="")
    return [{"label": str(tab.label), "url": url, "current": url == here} for tab, url in urls]


def _open_places() -> dict[Noun, list[Place]]:
    """The places whose pages exist and that the member's role may open, by noun, in their order."""
    every = [place for one in feature.used() for place in (*one.places, *_settings(one))]
    found = [place for place in every if _may_open(place.endpoint)]
    places: dict[Noun, list[Place]] = {}
    for place in sorted(found, key=attrgetter("order")):
        places.setdefault(place.noun, []).append(place)
    return places


def _settings(one: Feature) -> list[Place]:
    return [Place(Noun.SETTINGS, tab.label, tab.endpoint, tab.path, tab.order) for tab in one.settings_pages]


def _may_open(endpoint: str) -> bool:
    view = current_app.view_functions.get(endpoint)
    wanted = declared(view) if view else None
    return isinstance(wanted, str) and g.member.may(wanted)


def _current(places: dict[Noun, list[Place]], slug: str) -> Place | None:
    """The place that this request is in: the one with the longest path above it. Home is only itself."""
    path = request.path.removeprefix(f"/studio/{slug}/").rstrip("/") + "/"
    inside = [place for found in places.values() for place in found if path.startswith(f"{place.path}/")]
    return max(inside, key=lambda place: len(place.path), default=None)


def _item(noun: Noun, places: list[Place], here: Place | None, slug: str) -> dict[str, object]:
    url = url_for(places[0].endpoint, org=slug)
    current = here is not None and here.noun is noun
    icon = ICONS.get(noun, noun.value)
    return {"label": LABELS[noun], "icon": icon, "url": url, "current": current, "exact": request.path == url}


def _search(slug: str) -> dict[str, object]:
    url = url_for("studio.search", org=slug)
    here = request.path == url
    return {"label": _("Search"), "icon": "search", "url": url, "current": here, "exact": here}


def _tab(place: Place, here: Place, slug: str) -> dict[str, object]:
    return {"label": place.label, "url": url_for(place.endpoint, org=slug), "current": place is here}
