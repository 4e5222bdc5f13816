"""/<org>/archive/: what was sent, for anybody to read, and the same as a feed (Atom, RFC 4287)."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from werkzeug.wrappers import Response

from mobilize.core import i18n, pages
from mobilize.core.i18n import current_language
from mobilize.core.links import organisation_url
from mobilize.core.permissions import public
from mobilize.mailings.previews import POLICY
from mobilize.organisations.queries import Brand, brand_by_slug
from mobilize.site import queries
from mobilize.site.models import ArchivedMailing
from mobilize.visitors.language import speak

blueprint = Blueprint("public_archive", __name__)

MOST_IN_FEED = 30


@blueprint.get("/<org>/archive/")
@public
def index(org: str) -> str:
    """Every mailing that is public, the latest first."""
    house = _house(org)
    rows = [(one, language_of(one, house)) for one in queries.archived(house.id)]
    return render_template("site/archive_list.html", organisation=house, rows=rows, feed=_feed_url(house))


@blueprint.get("/<org>/archive/<uid>")
@public
def show(org: str, uid: str) -> Response:
    """One mailing as its readers got it: the same for everyone, without a name or a token."""
    house = brand_by_slug(org)
    row = queries.archived_mailing(house.id, uid)
    available = list(row.pages)
    language = pages.choose_language(available, _default(row, house))
    return Response(
        row.pages[language]["html"],
        mimetype="text/html",
        headers={"Content-Security-Policy": POLICY, "Content-Language": language, "Vary": "Accept-Language"},
    )


@blueprint.get("/<org>/archive.atom")
@public
def feed(org: str) -> Response:
    """The latest as a feed in the reader's language; a feed without entries is as old as the epoch."""
    house = _house(org)
    rows = [(one, language_of(one, house)) for one in queries.archived(house.id)[:MOST_IN_FEED]]
    text = render_template("site/archive.xml", organisation=house, rows=rows, here=_feed_url(house), site=_site(house))
    return Response(text, content_type="application/atom+xml; charset=utf-8")


def language_of(row: ArchivedMailing, house: Brand) -> str:
    """In which of its languages a mailing is offered to this reader."""
    available = list(row.pages)
    return i18n.supported(current_language(), available, _default(row, house))


def _default(row: ArchivedMailing, house: Brand) -> str:
    """Its language for other readers."""
    return house.default_language if house.default_language in row.pages else next(iter(row.pages))


def _house(org: str) -> Brand:
    house = brand_by_slug(org)
    g.organisation = house
    speak(house)
    return house


def _feed_url(house: Brand) -> str:
    return organisation_url(house.slug, f"/archive.atom?lang={current_language()}")


def _site(house: Brand) -> str:
    return organisation_url(house.slug, "/archive/")
