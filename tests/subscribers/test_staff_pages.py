"""What staff see and do: masked people, exact search, lists, forms, reasons."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.organisations.queries import brand
from mobilize.people.queries import find_person
from mobilize.signup.queries import form_by_slug, newest_wording
from mobilize.subscribers import queries
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.queries import consent_history, list_by_slug, lists_of
from mobilize.subscribers.service import leave, leave_everything
from tests.factories import make_organisation
from tests.signup.visiting import fill_in, press
from tests.staff import COOKIE, sign_in
from tests.subscribers.conftest import PERSON, City, add

ROOT = "/studio/city/people"


def uid_of(city: City, address: str = PERSON) -> str:
    with db.reading():
        found = find_person(city.brand.ref, address)
    assert found is not None
    return found.uid


def test_people_are_listed_masked(owner: FlaskClient, city: City, amina: int):
    """No page of people holds a whole address."""
    for path in (f"{ROOT}/", f"{ROOT}/?list=news", f"{ROOT}/{uid_of(city)}"):
        page = owner.get(path).get_data(as_text=True)
        assert "amina@example.org" not in page
        assert "a•••@e•••.org" in page


def test_pages_of_people_go_on_without_gap_or_repeat(owner: FlaskClient, city: City, monkeypatch):
    """Keyset pages: forward to the end and back again."""
    monkeypatch.setattr(queries, "PAGE", 3)
    for number in range(8):
        add(city, f"person{number}@example.org", "news")
    seen, path = [], f"{ROOT}/?list=news"
    pages = []
    while path:
        page = owner.get(path).get_data(as_text=True)
        pages.append(re.findall(rf'href="{ROOT}/([a-z2-7]{{26}})"', page))
        seen += pages[-1]
        found = re.search(r'href="([^"]+older=[^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 8
    back = re.search(r'href="([^"]+newer=[^"]+)"', page)
    assert back is not None
    again = owner.get(back[1].replace("&amp;", "&")).get_data(as_text=True)
    assert re.findall(rf'href="{ROOT}/([a-z2-7]{{26}})"', again) == pages[-2]


def test_a_search_never_speaks_of_saving(owner: FlaskClient, city: City):
    """That nobody has an address is an answer and no error; what is no address is one, under a title of its own."""
    nobody = press(owner, f"{ROOT}/", address="nadia@example.org").text
    assert ("Nobody here has this address" in nobody, 'role="alert"' in nobody) == (True, False)
    wrong = press(owner, f"{ROOT}/", address="amina").text
    assert ("Check the address" in wrong, "Nothing was saved" in wrong + nobody) == (True, False)


def test_a_search_finds_one_exact_address(owner: FlaskClient, city: City, amina: int):
    """Through the blind index, in any case; part of an address finds nobody."""
    assert press(owner, f"{ROOT}/", address="AMINA@example.org").headers["Location"].endswith(uid_of(city))
    assert press(owner, f"{ROOT}/", address="nadia@example.org").status_code == 200
    assert press(owner, f"{ROOT}/", address="amina").status_code == 422


def test_another_organisations_people_are_not_found(owner: FlaskClient, city: City):
    """Neither by page, nor as a cursor, nor by search."""
    with db.writing():
        found = make_organisation(slug="other")
        other = City(brand(found.id), {}, {})
    stranger = add(other, "stranger@example.org")
    assert stranger
    uid = uid_of(other, "stranger@example.org")
    assert owner.get(f"{ROOT}/{uid}").status_code == 404
    assert owner.get(f"{ROOT}/?older={uid}").status_code == 404
    assert "Nobody here has this address" in press(owner, f"{ROOT}/", address="stranger@example.org").text


def test_staff_add_and_remove_with_a_reason(owner: FlaskClient, city: City, amina: int):
    """The reason stands in the consent ledger; without one nothing happens; whoever left is not added again."""
    page = f"{ROOT}/{uid_of(city)}"
    token = re.search(r'name="add-form_token"[^>]*value="([^"]+)"', owner.get(page).get_data(as_text=True))
    assert token is not None
    fields = {"add-form_token": token[1], "add-list": "press"}
    assert owner.post(f"{page}/lists", data=fields).status_code == 422
    assert owner.post(f"{page}/lists", data={**fields, "add-reason": "Asked by phone"}).status_code == 303
    away = {"remove-form_token": token[1], "remove-list": "news", "remove-reason": "Asked by letter"}
    assert owner.post(f"{page}/leave", data=away).status_code == 303
    with db.reading():
        assert lists_of(amina) == [city.ids["urgent"], city.ids["press"]]
        assert {row.wording for row in consent_history(amina)} >= {"Asked by phone", "Asked by letter"}
    back = owner.post(f"{page}/lists", data={**fields, "add-list": "news", "add-reason": "Wants it back"})
    assert back.status_code == 422
    assert "Asked by phone" in owner.get(page).get_data(as_text=True)


def test_nobody_adds_a_person_who_left_everything(owner: FlaskClient, city: City, amina: int):
    """A withdrawal wins over staff."""
    with db.writing():
        leave_everything(amina, Evidence("one-click"))
    page = f"{ROOT}/{uid_of(city)}"
    shown = owner.get(page).get_data(as_text=True)
    assert "Do not mail this person" in shown
    assert "add-form_token" not in shown
    token = re.search(r'name="form_token"[^>]*value="([^"]+)"', owner.get(f"{ROOT}/").get_data(as_text=True))
    assert token is not None
    fields = {"add-form_token": token[1], "add-list": "press", "add-reason": "x"}
    assert owner.post(f"{page}/lists", data=fields).status_code == 422


def test_the_timeline_tells_what_happened(owner: FlaskClient, city: City, amina: int):
    """Joined and unsubscribed, how, and with which words."""
    with db.writing():
        leave(amina, [city.ids["news"]], Evidence("one-click"))
    page = owner.get(f"{ROOT}/{uid_of(city)}").get_data(as_text=True)
    assert "Unsubscribed from “Newsletter”" in page
    assert "Joined “Urgent actions”" in page
    assert "in their email program" in page


def test_a_list_is_made_and_changed_in_several_languages(owner: FlaskClient, city: City):
    """Its short name is checked and taken once."""
    fields = {"slug": "events", "names_en": "Events", "names_ar": "فعاليات", "is_public": "y"}
    assert press(owner, f"{ROOT}/lists/new", **fields).status_code == 303
    assert press(owner, f"{ROOT}/lists/new", **fields).status_code == 422
    assert press(owner, f"{ROOT}/lists/new", **{**fields, "slug": "Not one"}).status_code == 422
    assert press(owner, f"{ROOT}/lists/new", **{**fields, "slug": "x", "names_en": ""}).status_code == 422
    assert press(owner, f"{ROOT}/lists/events", names_en="All events").status_code == 303
    with db.reading():
        row = list_by_slug(city.brand.id, "events")
        assert (row.names, row.is_public) == ({"en": "All events"}, False)
    assert "Staff only" in owner.get(f"{ROOT}/lists").get_data(as_text=True)


def test_a_form_is_made_and_another_wording_is_a_new_version(owner: FlaskClient, city: City):
    """Visitors see the newest; a change of a title alone makes no version."""
    fields = {"slug": "subscribe", "lists": city.uids["news"], "wording_en": "I agree.", "titles_en": "Join"}
    assert press(owner, f"{ROOT}/forms/new", **fields).status_code == 303
    assert press(owner, f"{ROOT}/forms/new", **fields).status_code == 422
    assert press(owner, f"{ROOT}/forms/new", **{**fields, "slug": "b", "wording_en": ""}).status_code == 422
    assert press(owner, f"{ROOT}/forms/subscribe", **{**fields, "titles_en": "Stay"}).status_code == 303
    with db.reading():
        assert newest_wording(form_by_slug(city.brand.id, "subscribe").id).version == 1
    assert press(owner, f"{ROOT}/forms/subscribe", **{**fields, "wording_en": "I agree to more."}).status_code == 303
    with db.reading():
        assert newest_wording(form_by_slug(city.brand.id, "subscribe").id).version == 2
    page = owner.get("/city/subscribe").get_data(as_text=True)
    assert "I agree to more." in page
    assert fill_in(owner).status_code == 303


@pytest.mark.parametrize("path", ["/", "/lists", "/lists/new", "/forms", "/forms/new"])
def test_pages_open_empty_and_for_owners_only(owner: FlaskClient, city: City, path: str):
    """An empty organisation shows what the page is for; a viewer is refused."""
    assert owner.get(ROOT + path).status_code == 200
    with db.writing():
        owner.set_cookie(COOKIE, sign_in(city.brand.id, Role.VIEWER))
    assert owner.get(ROOT + path).status_code == 403
