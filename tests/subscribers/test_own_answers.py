"""A person sees, changes and deletes their answers on their own page, behind a fresh mailed link only."""

from __future__ import annotations

import io
import re
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from mobilize.core import clock, db
from mobilize.core.settings import Settings
from mobilize.questions.answering import answer
from mobilize.questions.models import QuestionKind
from mobilize.questions.queries import answers_held, every_question
from mobilize.questions.rules import Asked, own_fields
from mobilize.questions.service import ChoiceFacts, QuestionFacts, change_question, create_question, end_question
from mobilize.questions.tick_steps import remove_files
from tests.signup.visiting import hidden
from tests.subscribers.conftest import City, add
from tests.subscribers.test_preferences import footer, fresh

PDF = b"%PDF-1.7 a letter"
PARTS = ({"en": "Write", "fr": "Écrire"}, {"en": "March"})
FIELDS = {
    "postal_code": (QuestionKind.SHORT_TEXT, {"required": True}),
    "born": (QuestionKind.DATE, {"sensitive": True}),
    "member": (QuestionKind.YES_NO, {}),
    "part": (QuestionKind.SEVERAL, {"choices": [ChoiceFacts(one) for one in PARTS]}),
    "letter": (QuestionKind.FILE, {}),
}


@pytest.fixture
def asked(city: City) -> dict[str, Asked]:
    """The city's fields by their short names."""
    with db.writing():
        for slug, (kind, values) in FIELDS.items():
            facts = QuestionFacts(labels={"en": slug.capitalize(), "fr": f"{slug} (fr)"}, **values)
            create_question(city.brand.id, own_fields(city.brand.id), slug, kind, facts)
        return {one.slug: one for one in every_question(own_fields(city.brand.id))}


@pytest.fixture
def answered(asked: dict[str, Asked], amina: int) -> dict[str, object]:
    """What Amina has answered."""
    values = {"postal_code": "9090", "born": date(1998, 2, 1), "part": (asked["part"].choices[0].uid,)}
    with db.writing():
        answer(amina, {asked[slug].id: value for slug, value in values.items()})
    return values


def held(person: int) -> dict[str, object]:
    with db.reading():
        return {one.question.slug: one.value for one in answers_held([person])}


def sent(page: str) -> dict[str, list[str]]:
    """What the page's main form would send, as it stands."""
    form = page[: page.index("</form>")]
    inputs = re.findall(r'<input (?![^>]*type="(?:checkbox|radio|file)")[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
    ticked = re.findall(r'<input type="(?:radio|checkbox)"[^>]*name="([^"]+)" value="([^"]*)" checked', form)
    chosen = re.findall(r'<select[^>]*name="([^"]+)".*?<option selected value="([^"]*)"', form, re.S)
    found: dict[str, list[str]] = {}
    for name, value in (*inputs, *ticked, *chosen):
        found.setdefault(name, []).append(unescape(value))
    return found


def save(client: FlaskClient, person: int, **typed: object) -> TestResponse:
    link = fresh(person)  # a token holds its second, and a form its page's address
    data = {**sent(client.get(link).get_data(as_text=True)), "press": "save", **typed}
    return client.post(link, data=data, content_type="multipart/form-data")


def picture() -> bytes:
    out, drawn = io.BytesIO(), Image.new("RGB", (8, 8), "red")
    exif = Image.Exif()
    exif[0x010E] = "Marollen"
    drawn.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_forwarded_link_shows_no_answer(client: FlaskClient, amina: int, answered):
    """The link at the foot of a newsletter shows and changes nothing of it."""
    page = client.get(footer(amina)).get_data(as_text=True)
    assert not [word for word in ("9090", "1998", "Postal_code", "Write") if word in page]
    token = hidden(page, "form_token")
    client.post(footer(amina), data={"form_token": token, "press": "save", "answer_postal_code": "9999"})
    assert held(amina) == answered


def test_saving_the_page_as_it_stands_changes_nothing(client: FlaskClient, amina: int, answered):
    """Every answer is in its field."""
    assert save(client, amina).status_code == 303
    assert held(amina) == answered


def test_a_person_changes_and_deletes_answers(client: FlaskClient, amina: int, asked, answered):
    march = asked["part"].choices[1].uid
    typed = {"answer_postal_code": "1050", "answer_born": "", "answer_part": [march], "answer_member": "yes"}
    assert save(client, amina, **typed).status_code == 303
    assert held(amina) == {"postal_code": "1050", "part": (march,), "member": True}


def test_nothing_has_to_be_answered_there(client: FlaskClient, amina: int, answered):
    """A required field may be emptied: taking an answer back, or changing topics, is never held up."""
    assert save(client, amina, answer_postal_code="").status_code == 303
    assert "postal_code" not in held(amina)


def test_what_does_not_hold_stands_beside_its_field(client: FlaskClient, amina: int, answered):
    """And nothing at all is saved."""
    refused = save(client, amina, answer_born="yesterday", answer_postal_code="1050", first_name="Nadia")
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert 'id="answer_born-error"' in page
    assert "1050" in page
    assert held(amina) == answered
    assert 'value="Amina"' in client.get(fresh(amina)).get_data(as_text=True)


def test_answers_to_withdrawn_fields_are_shown_and_can_be_deleted(client: FlaskClient, amina: int, asked, answered):
    with db.writing():
        end_question(asked["postal_code"].id)
    page = client.get(fresh(amina)).get_data(as_text=True)
    assert "9090" in page
    assert "answer_postal_code" not in page
    save(client, amina)
    assert held(amina) == answered
    assert save(client, amina, delete_postal_code="y").status_code == 303
    assert "postal_code" not in held(amina)


def test_a_withdrawn_choice_stays_for_whoever_has_it(client: FlaskClient, city: City, amina: int, asked, answered):
    """Saving the page does not lose it; nobody else is offered it."""
    with db.writing():
        change_question(asked["part"].id, QuestionFacts({"en": "Part"}, choices=[ChoiceFacts({"en": "Sing"})]))
    assert save(client, amina).status_code == 303
    assert held(amina) == answered
    other = add(city, "bram@example.org", "news")
    assert "Write" not in client.get(fresh(other)).get_data(as_text=True)


def test_a_file_is_given_opened_replaced_and_deleted(
    client: FlaskClient, amina: int, asked, settings: Settings, answered
):
    """By the fresh link only; what it was called and what it holds stand nowhere in the clear."""
    save(client, amina, answer_letter=(io.BytesIO(PDF), "My letter.pdf"))
    page = client.get(fresh(amina)).get_data(as_text=True)
    assert "My letter.pdf" in page
    (path,) = re.findall(r'href="(/p/[^"]+/files/[a-z0-9]+)"', page)
    opened = client.get(path)
    assert (opened.data, opened.mimetype) == (PDF, "application/octet-stream")
    assert opened.headers["Content-Disposition"].startswith("attachment")
    stale = f"{footer(amina)}/files/{path.rpartition('/')[2]}"
    assert client.get(stale).status_code == 404
    save(client, amina, answer_letter=(io.BytesIO(PDF + b"2"), "better.pdf"))
    remove_files(clock.now(), settings)
    assert len(list(settings.answers_dir.iterdir())) == 1
    save(client, amina, delete_letter="y")
    remove_files(clock.now(), settings)
    assert list(settings.answers_dir.iterdir()) == []
    assert held(amina) == answered


def test_a_picture_loses_what_its_camera_wrote(client: FlaskClient, amina: int, asked):
    """Place and device can locate somebody."""
    assert b"Marollen" in picture()
    save(client, amina, answer_letter=(io.BytesIO(picture()), "me.jpg"))
    page = client.get(fresh(amina)).get_data(as_text=True)
    (path,) = re.findall(r'href="(/p/[^"]+/files/[a-z0-9]+)"', page)
    assert b"Marollen" not in client.get(path).data


@pytest.mark.parametrize(("name", "octets"), [("letter.exe", b"MZ"), ("letter.pdf", b"MZ"), ("me.jpg", b"no picture")])
def test_a_file_of_another_kind_is_refused(client: FlaskClient, amina: int, asked, settings, name, octets):
    """Beside its field, and nothing is on the disk."""
    refused = save(client, amina, answer_letter=(io.BytesIO(octets), name))
    assert refused.status_code == 422
    assert 'id="answer_letter-error"' in refused.get_data(as_text=True)
    assert not settings.answers_dir.exists()


def test_nobody_opens_anothers_file(client: FlaskClient, city: City, amina: int, asked):
    """The link of one person does not lead to a file of another."""
    save(client, amina, answer_letter=(io.BytesIO(PDF), "letter.pdf"))
    (uid,) = re.findall(r'/files/([a-z0-9]+)"', client.get(fresh(amina)).get_data(as_text=True))
    other = add(city, "bram@example.org", "news")
    assert client.get(f"{fresh(other)}/files/{uid}").status_code == 404
