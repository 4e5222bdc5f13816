"""What consent rows quote stood on the page that was shown, whatever the way, in every language."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from mobilize.core import db
from mobilize.core.i18n import LANGUAGES
from mobilize.core.tokens import mint
from mobilize.delivery.bases import Leaving, list_basis
from mobilize.delivery.purposes import FOOTER, UNSUBSCRIBE
from mobilize.signup.service import FormFacts, create_form
from mobilize.subscribers import leaving_by_mail
from mobilize.subscribers.models import Consent
from mobilize.subscribers.purposes import PREFERENCES
from mobilize.subscribers.queries import consent_history
from mobilize.visitors import challenges
from tests.signup.visiting import PERSON, fill_in, newest, press
from tests.subscribers.conftest import City, add

WORDS = {"en": "I agree to this.", "fr": "J’accepte ceci.", "nl": "Ik stem hiermee in.", "ar": "أوافق على هذا."}


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenges, "ROUNDS", 10)


def shown(client: FlaskClient, path: str) -> str:
    """The words of a page in the order in which one reads them."""
    page = client.get(path).get_data(as_text=True)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def newest_row(recipient_id: int) -> Consent:
    with db.reading():
        row = consent_history(recipient_id)[0]
        db.session.refresh(row)
        db.session.expunge(row)
        return row


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("way", "fields"),
    [
        ("/u/list", {"what": "list"}),
        ("/u/list", {"what": "all"}),
        ("/u/all", {"what": "all"}),
        ("/p/footer", {"press": "leave"}),
        ("/p/fresh", {"press": "leave"}),
        ("/p/fresh", {"press": "save"}),
        ("undo", {}),
    ],
)
def test_a_row_quotes_what_stood_on_the_page(client: FlaskClient, city: City, language: str, way: str, fields):
    """Each way of unsubscribing, saving one's topics and undoing, in a language asked for on the page."""
    person = add(city, PERSON, "news", "urgent")
    paths = {
        "/u/list": f"/u/{mint(UNSUBSCRIBE, person, city.ids['news'])}",
        "/u/all": f"/u/{mint(UNSUBSCRIBE, person, 0)}",
        "/p/footer": f"/p/{mint(FOOTER, person)}",
        "/p/fresh": f"/p/{mint(PREFERENCES, person)}",
    }
    query = f"?lang={language}"
    if way == "undo":
        path = press(client, paths["/u/list"] + query, what="all").headers["Location"]
    else:
        path = paths[way] + query
    if fields.get("press") == "save":
        fields = fields | {"topics": city.uids["news"], "language": language}
    page = shown(client, path)
    assert press(client, path, **fields).status_code == 303
    row = newest_row(person)
    assert row.language == language
    assert row.wording
    assert row.wording in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sign_up_quotes_the_words_above_its_button(client: FlaskClient, city: City, language: str):
    """The wording of the page's language, as it stood there when the form was sent."""
    with db.writing():
        create_form(city.brand.id, "subscribe", FormFacts(wording=WORDS, list_ids=[city.ids["news"]]))
    path = f"/city/subscribe?lang={language}"
    page = shown(client, path)
    fill_in(client, path)
    press(client, newest("signup/confirm").links["action_url"])
    with db.reading():
        row = db.session.query(Consent).one()
        assert (row.wording, row.language, row.wording_version) == (WORDS[language], language, 1)
        assert row.wording in page


@pytest.mark.parametrize("way", ["one-click", "leave-mail"])
def test_a_mail_programs_own_button_is_quoted_with_nothing(client: FlaskClient, city: City, amina: int, way: str):
    """Nobody here knows what the program wrote on it."""
    if way == "one-click":
        client.post(f"/u/{mint(UNSUBSCRIBE, amina, city.ids['news'])}", data={"List-Unsubscribe": "One-Click"})
    else:
        with db.writing():
            leaving_by_mail.leave_as_told(Leaving(amina, list_basis(city.ids["news"])), "leave-mail")
    row = newest_row(amina)
    assert (row.method, row.action, row.wording) == (way, "withdrawn", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_import_quotes_the_words_it_was_told(command, city: City, tmp_path: Path, language: str):
    """What people agreed to elsewhere, letter for letter, in whichever script it was written."""
    path = tmp_path / "people.csv"
    path.write_text(f"email,language\n{PERSON},{language}\n")
    arguments = ("import", str(path), "--org", "city", "--list", "news", "--consent", WORDS[language])
    assert command(*arguments).exit_code == 0
    with db.reading():
        row = db.session.query(Consent).one()
        assert (row.method, row.wording, row.language) == ("import", WORDS[language], language)
