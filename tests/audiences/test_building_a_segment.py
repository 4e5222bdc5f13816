"""A campaigner joins conditions in a form that needs no script, and sees whom they select."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mobilize.audiences.counting import count_within
from mobilize.audiences.segments import people_in, segment, segments
from mobilize.audiences.service import change_segment, create_segment
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.delivery.models import Recipient
from mobilize.delivery.recipients import contact_of
from tests.audiences.conftest import Browser, City
from tests.crowd import make_list
from tests.factories import make_organisation

FRENCH = {"condition": "language", "facts": {"languages": ["fr"]}}


def made(city: City, tree: object = FRENCH, name: str = "Readers of French") -> str:
    with db.writing():
        return create_segment(city.row.id, name, tree).uid


def address_of(recipient_id: int) -> str:
    with db.reading():
        return contact_of(session.get_one(Recipient, recipient_id)).email


def test_conditions_are_added_removed_and_saved(city: City, browser: Browser):
    """Each press shows the page anew with all that was typed; nothing is stored before the segment is saved."""
    new = f"{city.base}/new"
    page = browser.send(browser.page(new), new, name="Amis", piece="add:n", **{"n-new": "language"}).text
    page = browser.send(page, new, piece="add:n", **{"n_0-languages": ["fr"], "n-new": "group"}).text
    page = browser.send(page, new, piece="add:n_1", **{"n_1-join": "none", "n_1-new": "subscribed"}).text
    page = browser.send(page, new, piece="add:n_1", **{"n_1-new": "joined"}).text
    page = browser.send(page, new, piece="remove:n_1_1").text
    with db.reading():
        assert segments(city.row.id) == []
    answer = browser.send(page, new)
    assert answer.status_code == 303
    shown = browser.page(answer.location)
    assert "gets emails in French and not (is on “News”)" in shown
    assert "0 people" in shown
    with db.reading():
        (row,) = segments(city.row.id)
        not_news = {"not": {"any": [{"condition": "subscribed", "facts": {"list": city.news.uid}}]}}
        assert (row.name, row.tree) == ("Amis", {"all": [FRENCH, not_news]})


def test_what_is_wrong_stands_beside_its_field(city: City, browser: Browser):
    """A group without conditions, a choice without a choice, a day that is missing; nothing is saved."""
    new = f"{city.base}/new"
    answer = browser.send(browser.page(new), new, name="Nobody")
    assert answer.status_code == 422
    assert "Add at least one condition" in answer.text
    page = browser.send(answer.text, new, piece="add:n", **{"n-new": "language"}).text
    assert "Choose at least one" in browser.send(page, new).text
    page = browser.send(page, new, piece="add:n", **{"n_0-languages": ["fr"], "n-new": "joined"}).text
    answer = browser.send(page, new, **{"n_1-how": "since", "n_1-day": ""})
    assert (answer.status_code, "Fill this in" in answer.text) == (422, True)
    with db.reading():
        assert segments(city.row.id) == []


def test_another_organisations_rows_are_refused(city: City, browser: Browser):
    """A list of a neighbour is no choice, and no fact either."""
    with db.writing():
        other = make_organisation()
        foreign = make_list(other, "foreign")
        theirs = create_segment(other.id, "Theirs", FRENCH).uid
    new = f"{city.base}/new"
    page = browser.send(browser.page(new), new, name="Spies", piece="add:n", **{"n-new": "subscribed"}).text
    assert "Foreign" not in page
    answer = browser.send(page, new, **{"n_0-list": foreign.uid})
    assert (answer.status_code, "Choose lists of this organisation" in answer.text) == (422, True)
    made(city)
    page = browser.send(browser.page(new), new, name="Spies", piece="add:n", **{"n-new": "segment"}).text
    answer = browser.send(page, new, **{"n_0-segment": theirs})
    assert (answer.status_code, "Choose a segment of this organisation" in answer.text) == (422, True)
    browser.page(f"{city.base}/{theirs}", status=404)


def test_the_number_of_what_is_typed_is_shown_before_saving(city: City, browser: Browser):
    """The page asks for it after each change; conditions that are not filled in count nobody."""
    new = f"{city.base}/new"
    page = browser.send(browser.page(new), new, piece="add:n", **{"n-new": "language"}).text
    fields = {"n-kind": "group", "n-join": "all", "n_0-kind": "language", "n_0-languages": ["fr", "en"]}
    token = page.split('name="form_token"')[1].split('value="')[1].split('"')[0]
    count = f"{city.base}/count"
    assert f'hx-post="{count}"' in page
    assert "5 people" in browser.client.post(count, data={**fields, "form_token": token}).text
    fields["n_0-not"] = "yes"
    assert "0 people" in browser.client.post(count, data={**fields, "form_token": token}).text
    del fields["n_0-languages"]
    assert "Fill in the conditions" in browser.client.post(count, data={**fields, "form_token": token}).text


def test_why_a_person_is_in_it_or_not(city: City, browser: Browser):
    """The condition that decides is named, both ways; a stranger's address finds nobody, and no address is shown."""
    uid = made(city, {"all": [{"condition": "subscribed", "facts": {"list": city.news.uid}}, FRENCH]})
    here = f"{city.base}/{uid}"
    page = browser.page(here)
    found = browser.send(page, here, address=address_of(city.readers["fr"][0])).text
    assert "This person is in the segment" in found
    assert "True: is on “News”" in found
    assert "True: gets emails in French" in found
    english = address_of(city.readers["en"][0])
    found = browser.send(page, here, address=english).text
    assert "This person is not in the segment" in found
    assert "Not true: gets emails in French" in found
    assert "True: is on “News”" not in found
    assert "Nobody here has this address" in browser.send(page, here, address="stranger@example.org").text
    assert browser.send(page, here, address="no address").status_code == 422


def test_a_segment_within_itself_is_refused(city: City, browser: Browser):
    """Not through another one either; and a segment is not offered its own name."""
    uid = made(city)
    outer = made(city, {"all": [{"segment": uid}]}, "Outer")
    edit = f"{city.base}/{uid}/edit"
    page = browser.send(browser.page(edit), edit, piece="add:n", **{"n-new": "segment"}).text
    assert f'value="{outer}"' in page
    assert f'<option value="{uid}"' not in page
    answer = browser.send(page, edit, **{"n_1-segment": outer})
    assert answer.status_code == 422
    assert "A segment cannot contain itself" in answer.text
    with db.reading():
        assert segment(city.row.id, uid).tree == FRENCH


def test_two_colleagues_do_not_overwrite_each_other(city: City, browser: Browser):
    """The second one sees what the first one saved, and theirs stay typed."""
    uid = made(city)
    edit = f"{city.base}/{uid}/edit"
    page = browser.page(edit)
    with db.writing():
        change_segment(segment(city.row.id, uid), "Readers of Dutch", {"not": FRENCH})
    answer = browser.send(page, edit, name="Francophones")
    assert answer.status_code == 422
    assert "somebody else was quicker" in answer.text
    assert 'value="Francophones"' in answer.text
    assert browser.send(answer.text, edit).status_code == 303
    with db.reading():
        row = segment(city.row.id, uid)
        assert (row.name, row.tree) == ("Francophones", {"all": [FRENCH]})


def test_a_segment_that_another_one_names_is_not_deleted(city: City, browser: Browser):
    """Its page says what uses it; once nothing does, it goes, and its address with it."""
    uid = made(city)
    outer = made(city, {"not": {"segment": uid}}, "Others")
    here = f"{city.base}/{uid}"
    assert "Others" in browser.page(here)
    assert "It can be deleted once none of these names it" in browser.page(f"{here}/delete")
    outer_page = browser.page(f"{city.base}/{outer}/delete")
    assert browser.send(outer_page, f"{city.base}/{outer}/delete").status_code == 303
    page = browser.page(f"{here}/delete")
    assert browser.send(page, f"{here}/delete").location == city.base
    browser.page(here, status=404)
    with db.reading(), pytest.raises(NotFound):
        segment(city.row.id, uid)


def test_a_used_segment_survives_a_press_on_an_old_page(city: City, browser: Browser):
    """The question was open before somebody else named the segment."""
    uid = made(city)
    page = browser.page(f"{city.base}/{uid}/delete")
    made(city, {"not": {"segment": uid}}, "Others")
    answer = browser.send(page, f"{city.base}/{uid}/delete")
    assert "It is used by “Others”" in browser.page(answer.location)


def test_a_deep_tree_opens_in_the_builder_as_it_was(city: City, browser: Browser):
    """What was stored by another way than the page is shown whole, and saved again with the same meaning."""
    news = {"condition": "subscribed", "facts": {"list": city.news.uid}}
    deep = {"any": [{"not": {"all": [FRENCH, news]}}, {"not": {"any": [news, {"not": FRENCH}]}}]}
    uid = made(city, deep)
    edit = f"{city.base}/{uid}/edit"
    assert browser.send(browser.page(edit), edit).status_code == 303
    with db.reading():
        tree = segment(city.row.id, uid).tree
    assert tree == {"any": [{"any": [{"not": FRENCH}, {"not": news}]}, {"not": {"any": [news, {"not": FRENCH}]}}]}


def test_the_list_says_what_each_segment_asks(city: City, browser: Browser):
    """In words; a condition whose row is gone says so instead of failing the page."""
    assert "No segments yet" in browser.page(city.base)
    made(city)
    assert "gets emails in French" in browser.page(city.base)
    with db.writing():
        row = segments(city.row.id)[0]
        row.tree = {"condition": "subscribed", "facts": {"list": "gone"}}
    page = browser.page(city.base)
    assert "Is on a list (Choose lists of this organisation)" in page
    assert "Choose lists of this organisation" in browser.page(f"{city.base}/{row.uid}")


def test_conditions_ask_at_the_moment_of_the_question(city: City):
    """“In the last 3 days” moves on with the clock."""
    uid = made(city, {"condition": "joined", "facts": {"how": "within", "days": 3, "list": city.news.uid}})
    for days, people in ((1, 5), (4, 0)):
        with clock.frozen(clock.now() + timedelta(days=days)), db.reading():
            assert count_within(people_in(segment(city.row.id, uid)), 5) == people


def test_a_thousand_conditions_are_refused_before_any_is_asked(city: City, browser: Browser):
    """Each asked the database what its fields offer while nobody else could write."""
    new = f"{city.base}/new"
    many = {"n-kind": "group"} | {f"n_{number}-kind": "subscribed" for number in range(200)}
    page = browser.page(new)
    answer = browser.send(page, new, name="Many", piece="add:n", **many)
    assert (answer.status_code, "Use at most 60" in answer.text) == (422, True)
