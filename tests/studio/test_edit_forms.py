"""Forms that change something stored: two colleagues at once, and links that save first, without scripts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import lxml.html
import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml.html import FormElement, HtmlElement
from werkzeug.test import TestResponse

from mobilize.core import db
from mobilize.core.permissions import Role
from tests.mailings.conftest import CONTENT, House
from tests.mailings.conftest import house as house
from tests.staff import COOKIE, sign_in

TYPED = "Typed by one colleague"
THEIRS = "Saved by the other"


@dataclass(frozen=True)
class Edited:
    """A form of a page, and the field that is typed into; ``{uid}`` is a mailing's."""

    path: str
    field: str
    first: str = THEIRS
    second: str = TYPED


FORMS = {
    "audience": Edited("mailings/{uid}/audience", "name"),
    "words": Edited("mailings/{uid}/content?language=fr", "subject"),
    "file": Edited("mailings/{uid}/content", "content"),
    "blocks": Edited("mailings/{uid}/write/en", "b0-text"),
    "send": Edited("mailings/{uid}/send", "at", "2027-05-04T10:00", "2027-05-04T11:00"),
    "settings": Edited("settings/", "postal_addresses_fr"),
    "sender": Edited("settings/", "sender_names_en"),
    "rates": Edited("settings/sending", "domain_rates", "example.net 20", "example.net 30"),
    "server": Edited("settings/sending", "host", "mail.example.org", "smtp.example.org"),
    "list": Edited("people/lists/newsletter", "names_en"),
}


@dataclass
class Colleague:
    client: FlaskClient

    def page(self, path: str) -> HtmlElement:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return lxml.html.document_fromstring(answer.text)

    def save(self, form: FormElement, path: str, **values: str) -> TestResponse:
        """Send a form as a browser without scripts does; a value for a name that is no field is a button's."""
        kept = [(name, value) for name, value in form.form_values() if name not in values]
        data: dict[str, list[str]] = {}
        for name, value in [*kept, *values.items()]:
            data.setdefault(name, []).append(value)
        return self.client.post(form.get("action") or path, data=data)


@pytest.fixture
def colleagues(app: Flask, house: House) -> tuple[Colleague, Colleague]:
    found = []
    for _number in range(2):
        client = app.test_client()
        with db.writing():
            client.set_cookie(COOKIE, sign_in(house.row.id, Role.OWNER))
        found.append(Colleague(client))
    return found[0], found[1]


@pytest.fixture
def path_of(house: House) -> Callable[[Edited], str]:
    uid = house.mailing()
    return lambda edited: f"/studio/{house.row.slug}/{edited.path.format(uid=uid)}"


def form_with(page: HtmlElement, field: str) -> FormElement:
    return next(form for form in page.forms if field in form.fields)


def changed(edited: Edited, words: str) -> dict[str, str]:
    """What is typed: the words, or a whole file that has them as its name."""
    if edited.field == "content":
        return {"content": json.dumps({**CONTENT, "name": words})}
    return {edited.field: words, **({"when": "at"} if edited.field == "at" else {})}


@pytest.mark.parametrize("name", FORMS)
def test_the_second_of_two_colleagues_is_told_and_both_texts_stay(
    name: str, colleagues: tuple[Colleague, Colleague], path_of: Callable[[Edited], str]
) -> None:
    """Both open the page, the first saves; the second reads so, sees both texts, and may save theirs after that."""
    edited = FORMS[name]
    path = path_of(edited)
    first, second = colleagues
    opened = [form_with(one.page(path), edited.field) for one in colleagues]
    assert first.save(opened[0], path, **changed(edited, edited.first)).status_code == 303
    answer = second.save(opened[1], path, **changed(edited, edited.second))
    assert answer.status_code == 422
    assert "Somebody else saved this page meanwhile" in answer.text
    page = lxml.html.document_fromstring(answer.text)
    again = form_with(page, edited.field)
    assert edited.second in again.fields[edited.field]
    assert edited.first.replace("T1", " 1") in " ".join(one.text_content() for one in page.find_class("theirs-text"))
    assert edited.first in first.client.get(path).text
    assert second.save(again, path, **changed(edited, edited.second)).status_code == 303
    assert edited.second in first.client.get(path).text


WAYS = ("audience", "words", "blocks", "settings", "list")


@pytest.mark.parametrize("name", WAYS)
def test_every_link_of_the_page_saves_first_without_scripts(
    name: str, colleagues: tuple[Colleague, Colleague], path_of: Callable[[Edited], str]
) -> None:
    """Navigation, steps and tabs are buttons of the form: each keeps what was typed and leads where it says."""
    edited, colleague = FORMS[name], colleagues[0]
    path = path_of(edited)
    form = form_with(colleague.page(path), edited.field)
    ways = form.xpath("//button[@name='then' and @form=$id]/@value", id=form.get("id"))
    assert len(set(ways)) >= 6
    for number, way in enumerate(sorted(set(ways))):
        typed = f"{edited.field} {number}"
        form = form_with(colleague.page(path), edited.field)
        answer = colleague.save(form, path, **{edited.field: typed, "then": str(way)})
        assert (answer.status_code, answer.headers["Location"]) == (303, way)
        assert typed in form_with(colleague.page(path), edited.field).fields[edited.field]
    left = colleague.page(path).xpath("//nav//a[not(starts-with(@href, '#'))]|//ol//a")
    assert [link.get("href") for link in left] == []


def test_what_cannot_be_saved_stays_and_the_way_on_is_offered(
    colleagues: tuple[Colleague, Colleague], path_of: Callable[[Edited], str]
) -> None:
    """A refused save shows what is wrong, keeps the text, and has a link that gives it up."""
    path, colleague = path_of(FORMS["audience"]), colleagues[0]
    form = form_with(colleague.page(path), "name")
    answer = colleague.save(form, path, name="", sender_name=TYPED, then="/studio/elsewhere")
    assert answer.status_code == 422
    page = lxml.html.document_fromstring(answer.text)
    assert form_with(page, "name").fields["sender_name"] == TYPED
    assert page.xpath("//a[@data-leave]/@href") == ["/studio/elsewhere"]


@pytest.mark.parametrize("way", ["https://example.org/", "//example.org", "/studio\\..\\x", "/inbox/"])
def test_a_link_never_leads_to_another_site(
    way: str, colleagues: tuple[Colleague, Colleague], path_of: Callable[[Edited], str]
) -> None:
    """An address that is not below the studio is dropped: the page answers as if its own button had been pressed."""
    path, colleague = path_of(FORMS["audience"]), colleagues[0]
    answer = colleague.save(form_with(colleague.page(path), "name"), path, name=TYPED, then=way)
    assert answer.headers["Location"] == path


def test_an_untouched_page_is_left_even_if_it_could_not_be_saved(
    colleagues: tuple[Colleague, Colleague], path_of: Callable[[Edited], str]
) -> None:
    """A draft without a subject does not hold anybody on its page, and a colleague's save is not undone."""
    first, second = colleagues
    path = path_of(FORMS["words"])
    untouched = form_with(second.page(path), "subject")
    first.save(form_with(first.page(path), "subject"), path, subject=THEIRS)
    answer = second.save(untouched, path, then="/studio/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/studio/")
    assert THEIRS in first.client.get(path).text
