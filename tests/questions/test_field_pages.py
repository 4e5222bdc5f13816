"""Staff make, change, order and withdraw the organisation's own fields, without a script."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.questions.answering import answer
from mobilize.questions.queries import every_question
from mobilize.questions.rules import Asked, own_fields
from tests.markup import faults
from tests.questions.conftest import World
from tests.signup.visiting import hidden
from tests.staff import COOKIE, sign_in


@pytest.fixture
def staff(app, world: World, client: FlaskClient) -> FlaskClient:
    """The browser of a campaigner of the world's organisation."""
    with db.writing():
        client.set_cookie(COOKIE, sign_in(world.organisation_id, Role.CAMPAIGNER))
    return client


def root(world: World) -> str:
    return f"/studio/{world.slug}/people/fields"


def fields(world: World) -> list[Asked]:
    with db.reading():
        return every_question(own_fields(world.organisation_id))


def values_of(page: str) -> dict[str, str]:
    """What the page's main form would send, as it stands."""
    form = page[page.index('id="field-form"') : page.index("</form>", page.index('id="field-form"'))]
    inputs = re.findall(r'<input (?![^>]*type="checkbox")[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
    ticked = re.findall(r'<input (?=[^>]*checked)[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
    chosen = re.findall(r'<select[^>]*name="([^"]+)".*?<option selected value="([^"]*)"', form, re.S)
    texts = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\r?\n?(.*?)</textarea>', form, re.S)
    return {name: unescape(value) for name, value in (*inputs, *ticked, *chosen, *texts)}


def save(staff: FlaskClient, path: str, **typed: str) -> TestResponse:
    page = staff.get(path).get_data(as_text=True)
    return staff.post(path, data={**values_of(page), **typed})


def press(staff: FlaskClient, world: World, path: str, **typed: str) -> TestResponse:
    page = staff.get(root(world)).get_data(as_text=True)
    return staff.post(f"{root(world)}/{path}", data={"form_token": hidden(page, "form_token"), **typed})


def test_a_field_is_made_with_words_in_each_language(staff: FlaskClient, world: World):
    """Its short name comes from the label where none is typed."""
    answer = save(
        staff,
        f"{root(world)}/new?kind=choice",
        labels_en="Favourite colour",
        labels_ar="اللون المفضل",
        hints_fr="Une seule réponse",
        choice_new0_en="Red",
        choice_new0_fr="Rouge",
        choice_new2_en="Blue",
        required="y",
        retention_days="365",
    )
    assert answer.status_code == 303
    made = fields(world)[-1]
    assert (made.slug, made.labels["ar"], made.hints) == (
        "favourite_colour",
        "اللون المفضل",
        {"fr": "Une seule réponse"},
    )
    assert [one.labels["en"] for one in made.choices] == ["Red", "Blue"]
    assert (made.required, made.sensitive, made.retention_days) == (True, False, 365)
    assert "Favourite colour" in staff.get(root(world)).get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"labels_en": ""}, "labels_en", "Fill this in"),
        ({"slug": "Postal code"}, "slug", "lower-case"),
        ({"slug": "email"}, "slug", "used by the service"),
        ({"slug": "number"}, "slug", "already"),
        ({"retention_days": "soon"}, "retention_days", "from 1 to"),
        ({"retention_days": "0"}, "retention_days", "from 1 to"),
    ],
)
def test_what_does_not_hold_stands_beside_its_field(staff: FlaskClient, world: World, typed, field, words):
    """Nothing is made, and what was typed is still there."""
    before = len(fields(world))
    answer = save(staff, f"{root(world)}/new?kind=number", **{"labels_en": "Label", "hints_en": "Kept words", **typed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    error = re.search(rf'id="{field}-error">.*?</p>', page, re.S)
    assert error is not None
    assert words in error[0]
    assert "Kept words" in page
    assert len(fields(world)) == before


def test_a_choice_without_choices_is_refused(staff: FlaskClient, world: World):
    answer = save(staff, f"{root(world)}/new?kind=several", labels_en="Topics")
    assert answer.status_code == 422
    assert "Write at least one choice" in answer.get_data(as_text=True)


def test_saving_a_page_as_it_stands_changes_nothing(staff: FlaskClient, world: World):
    """The form holds everything that is stored."""
    before = fields(world)
    for one in before:
        assert save(staff, f"{root(world)}/{one.slug}").status_code == 303, one.slug
    assert fields(world) == before


def test_choices_are_added_moved_and_withdrawn(staff: FlaskClient, world: World):
    """Moving saves what else was typed; one that somebody has is kept for them."""
    path, uids = f"{root(world)}/choice", world.choices("choice")
    with db.writing():
        answer(world.people[0], {world.ids["choice"]: (uids["Red"],)})
    save(staff, path, choice=f"up:{uids['Green']}", choice_new0_en="Purple")
    assert [one.labels["en"] for one in world.asked("choice").choices] == ["Red", "Green", "Blue", "Purple"]
    save(staff, path, **{f"gone_{uids['Red']}": "y", f"gone_{uids['Green']}": "y"})
    assert [(one.labels["en"], one.ended) for one in world.asked("choice").choices] == [
        ("Blue", False),
        ("Purple", False),
        ("Red", True),
    ]
    page = staff.get(path).get_data(as_text=True)
    assert "Somebody has chosen it" in page
    values = values_of(page)
    del values[f"gone_{uids['Red']}"]
    assert staff.post(path, data=values).status_code == 303
    assert not any(one.ended for one in world.asked("choice").choices)


def test_the_kind_is_offered_until_somebody_has_answered(staff: FlaskClient, world: World):
    path = f"{root(world)}/number"
    assert 'name="kind"' in staff.get(path).get_data(as_text=True)
    assert save(staff, path, kind="country").status_code == 303
    assert world.asked("number").kind.value == "country"
    with db.writing():
        answer(world.people[0], {world.ids["number"]: "BE"})
    refused = save(staff, path, kind="number")
    assert refused.status_code == 422
    assert "People have answered this already" in refused.get_data(as_text=True)


def test_a_colleague_who_saved_meanwhile_is_not_overwritten(staff: FlaskClient, world: World):
    path = f"{root(world)}/number"
    opened = values_of(staff.get(path).get_data(as_text=True))
    save(staff, path, labels_en="Theirs")
    refused = staff.post(path, data={**opened, "labels_en": "Mine"})
    assert refused.status_code == 422
    assert "Theirs" in refused.get_data(as_text=True)
    assert world.asked("number").labels["en"] == "Theirs"


def test_fields_are_ordered_withdrawn_and_asked_again(staff: FlaskClient, world: World):
    assert [one.slug for one in fields(world)][:3] == ["short_text", "long_text", "number"]
    press(staff, world, "number/place", to="up")
    assert [one.slug for one in fields(world)][:3] == ["short_text", "number", "long_text"]
    press(staff, world, "long_text/end")
    assert world.asked("long_text").ended
    assert "Ask it again" in staff.get(root(world)).get_data(as_text=True)
    press(staff, world, "long_text/again")
    assert not world.asked("long_text").ended


def test_a_press_without_a_valid_token_changes_nothing(staff: FlaskClient, world: World):
    assert staff.post(f"{root(world)}/number/end", data={}).status_code == 403
    assert not world.asked("number").ended


def test_the_trail_names_the_field_and_leads_to_it(app, world: World, client: FlaskClient):
    """In the words of the reader, with no answer in it."""
    with db.writing():
        client.set_cookie(COOKIE, sign_in(world.organisation_id, Role.OWNER))
    save(client, f"{root(world)}/number", labels_en="Age")
    page = client.get(f"/studio/{world.slug}/settings/trail").get_data(as_text=True)
    assert "Field changed" in page
    assert f'href="{root(world)}/number"' in page


def test_the_pages_are_sound_html(staff: FlaskClient, world: World):
    """Every kind's form, new and there already, and the list of fields."""
    paths = [root(world), f"{root(world)}/kinds"]
    for one in fields(world):
        paths += [f"{root(world)}/{one.slug}", f"{root(world)}/new?kind={one.kind.value}"]
    assert {path: faults(staff.get(path).get_data(as_text=True)) for path in paths} == {path: [] for path in paths}
