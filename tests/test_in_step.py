"""Lists that stand in two places agree.

Quick, and a part of ``make check``: whoever adds a page, a parameter of a URL or something that is kept is told within
a minute where else it has to be named. Before, tests said so that begin when nearly all others have ended.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from mobilize.core import feature
from mobilize.core.feature import Kept
from mobilize.organisations.rules import RESERVED_SLUGS
from tests.browser.pages import PAGES
from tests.browser.test_accessibility import NO_PAGES
from tests.security.test_bodies import PUBLIC, taking_bodies
from tests.test_permissions import maker, staff_routes

ROOT = Path(__file__).resolve().parent.parent
LINES: list[Kept] = [line for lines in feature.retention().values() for line in lines]


def test_no_page_is_forgotten(app: Flask) -> None:
    """Whatever answers a GET is in ``PAGES``, to be photographed and read by axe, or is named as no page."""
    answers = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    seen = {page.endpoint for page in PAGES} - {""}
    assert answers - seen - NO_PAGES.keys() == set()
    assert (seen | NO_PAGES.keys()) - answers == set()
    assert seen & NO_PAGES.keys() == set()


def test_every_parameter_of_a_staff_url_has_a_maker(app: Flask) -> None:
    """Whoever walks all staff routes (permissions, bodies, markup) can fill each of them."""
    for route in staff_routes(app):
        for name in route.rule.arguments - {"org"}:
            assert callable(maker(route, name))


def test_every_parameter_of_a_public_form_can_be_filled(app: Flask) -> None:
    """By the test that sends it bodies of every kind."""
    inside = {(route.rule.rule, route.method) for route in staff_routes(app)}
    public = {str(rule): rule.arguments for rule, method in taking_bodies(app) if (rule.rule, method) not in inside}
    assert public
    assert {rule: found - set(PUBLIC) for rule, found in public.items() if found - set(PUBLIC)} == {}


def test_no_organisation_can_stand_in_the_way_of_our_own_addresses(app: Flask) -> None:
    """Every fixed first part of a route, and every fixed second part below /studio/, is reserved."""
    parts = [[part for part in rule.rule.split("/") if part] for rule in app.url_map.iter_rules()]
    first = {found[0] for found in parts if found}
    below_studio = {found[1] for found in parts if len(found) > 1 and found[0] == "studio"}
    fixed = {part for part in first | below_studio if "<" not in part and "." not in part}
    assert fixed - RESERVED_SLUGS == set()


def test_the_document_tells_what_is_kept() -> None:
    """docs/privacy.md has every line of the page of the studio, word for word: neither is changed alone."""
    document = (ROOT / "docs/privacy.md").read_text()
    rows = [f"| {line.about} | {line.until} |" for line in LINES]
    assert [row for row in rows if row not in document] == []
