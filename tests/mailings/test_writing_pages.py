"""Writing a mailing in the studio: list, draft, audience, content, preview."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.mailings.queries import mailing, mailing_anywhere, newest_page
from tests.crowd import make_list
from tests.factories import make_organisation
from tests.mailings.conftest import CONTENT, Campaigner, House
from tests.staff import COOKIE, sign_in

Signed = Callable[[Role], Campaigner]


def test_an_empty_list_offers_the_one_next_step(house: House, campaigner: Campaigner) -> None:
    """Nothing yet: what the page is for, and where to begin."""
    page = campaigner.get(f"{house.base}/")
    assert "No mailing yet" in page
    assert f"{house.base}/new" in page


def test_a_pasted_file_becomes_a_draft(house: House, campaigner: Campaigner) -> None:
    """The list shows it, its page opens on the content."""
    answer = campaigner.post(f"{house.base}/new", lists=[str(house.newsletter.id)], content=json.dumps(CONTENT))
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/content")
    page = campaigner.get(f"{house.base}/")
    assert "December letter" in page
    assert "Draft" in page


def test_an_uploaded_file_wins_over_the_text(house: House, campaigner: Campaigner) -> None:
    """Whoever chose a file means it."""
    file = (io.BytesIO(json.dumps({**CONTENT, "name": "From a file"}).encode()), "mailing.json")
    answer = campaigner.post(f"{house.base}/new", lists=[], content="rubbish", file=file)
    assert answer.status_code == 303
    assert "From a file" in campaigner.get(f"{house.base}/")


IMAGE = {"type": "image", "media": "a"}


def french(*blocks: object, name: str = "x") -> str:
    return json.dumps({"name": name, "languages": {"fr": {"blocks": blocks}}})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "This is not JSON"),
        (french(IMAGE), "languages.fr.blocks[0].alt"),
        (french({**IMAGE, "alt": "b"}), "languages.fr.blocks[0].media"),
        (french(name="x" * 300), "name: Use at most"),
        ("x" * 1_000_000, "This is not JSON"),
    ],
    ids=["json", "alt", "picture", "name", "a million characters"],
)
def test_a_refused_file_says_where_and_keeps_what_was_typed(
    house: House, campaigner: Campaigner, content: str, words: str
) -> None:
    """Nothing is saved, and the text is still in the form."""
    answer = campaigner.post(f"{house.base}/new", lists=[], content=content)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Nothing was saved" in answer.text
    with db.reading():
        assert newest_page(house.row.id).mailings == ()


def test_another_organisations_lists_mailings_and_cursors_are_not_found(house: House, campaigner: Campaigner) -> None:
    """Ids of others act nowhere."""
    with db.writing():
        other = make_organisation()
        foreign = make_list(other)
    theirs = House(other, foreign, foreign).mailing({**CONTENT, "name": "Theirs"})
    answer = campaigner.post(f"{house.base}/new", lists=[str(foreign.id)], content=json.dumps(CONTENT))
    assert answer.status_code == 422
    for path in (
        "",
        "/audience",
        "/content",
        "/content.json",
        "/preview/en",
        "/check",
        "/send",
        "/progress",
        "/cancel",
        "/report",
    ):
        campaigner.get(f"{house.base}/{theirs}{path}", status=404)
        campaigner.get(f"/studio/{other.slug}/mailings/{theirs}{path}", status=404)
    campaigner.get(f"{house.base}/?older={theirs}", status=404)


def test_audience_and_sender_are_changed_in_a_form(house: House, campaigner: Campaigner) -> None:
    """The page counts each person once and says what they read."""
    path = f"{house.base}/{house.mailing()}/audience"
    page = campaigner.get(path)
    assert "5 people" in page
    values = {"name": "New name", "sender_name": "Me", "sender_address": "me@example.org", "default_language": "fr"}
    assert campaigner.post(path, lists=[str(house.urgent.id)], **values).status_code == 303
    page = campaigner.get(path)
    assert "New name" in page
    assert "1 person" in page
    wrong = campaigner.post(path, lists=[], **{**values, "sender_address": "me@example.org\r\nBcc: x@example.org"})
    assert wrong.status_code == 422


def test_people_on_a_list_can_be_left_out(house: House, campaigner: Campaigner) -> None:
    """The page counts who remains, and shows the choice again; a list cannot be both."""
    path = f"{house.base}/{house.mailing()}/audience"
    newsletter, urgent = str(house.newsletter.id), str(house.urgent.id)
    values = {"name": "Name", "sender_address": "news@city.example.org", "default_language": "en"}
    both = campaigner.post(path, lists=[newsletter, urgent], without=[urgent], **values)
    assert both.status_code == 422
    assert "A list cannot be both chosen and left out" in both.text
    assert campaigner.post(path, lists=[newsletter], without=[urgent], **values).status_code == 303
    page = campaigner.get(path)
    assert "4 people" in page
    assert re.search(rf'name="without"[^>]*value="{urgent}"[^>]*checked', page)
    assert not re.search(rf'name="without"[^>]*value="{newsletter}"[^>]*checked', page)


def test_subject_of_one_language_is_changed(house: House, campaigner: Campaigner) -> None:
    """The other language and the blocks stay."""
    uid = house.mailing()
    path = f"{house.base}/{uid}/content"
    answer = campaigner.post(
        f"{path}?language=fr", f"{path}/fr", subject="Paix {{first_name|à tous}}", preheader="Deux"
    )
    assert answer.status_code == 303
    with db.reading():
        content = dict(mailing_anywhere(uid).content)
    assert content["fr"]["subject"] == "Paix {{first_name|à tous}}"
    assert content["fr"]["blocks"] == CONTENT["languages"]["fr"]["blocks"]
    assert content["en"]["subject"] == CONTENT["languages"]["en"]["subject"]
    assert campaigner.post(path, f"{path}/nl", subject="x").status_code == 404
    assert campaigner.post(path, f"{path}/fr", subject="a\u202eb").status_code == 422


def test_the_whole_content_is_replaced_and_downloaded(house: House, campaigner: Campaigner) -> None:
    """What is downloaded can be uploaded again."""
    uid = house.mailing()
    path = f"{house.base}/{uid}/content"
    file = campaigner.get(f"{house.base}/{uid}/content.json")
    assert campaigner.post(path, content=file.replace("Two weeks of peace", "Three weeks")).status_code == 303
    assert "Three weeks" in campaigner.get(f"{house.base}/{uid}/content.json")
    assert campaigner.post(path, content="[]").status_code == 422


def test_the_preview_is_the_mail_and_can_do_nothing(house: House, campaigner: Campaigner) -> None:
    """Its own policy: no script, no frame, no form, nothing from elsewhere; shown in our page only."""
    uid = house.mailing()
    response = campaigner.client.get(f"{house.base}/{uid}/preview/en")
    policy = response.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "Dear Amina, {{7*7}}" in response.text
    assert "Dear friend" in campaigner.get(f"{house.base}/{uid}/preview/en?reader=unnamed")
    page = campaigner.get(f"{house.base}/{uid}/content")
    assert f'sandbox src="{house.base}/{uid}/preview/en' in page
    assert "Dear friend" in campaigner.get(f"{house.base}/{uid}/content?part=text&reader=unnamed")
    campaigner.get(f"{house.base}/{uid}/preview/nl", status=404)


def test_the_content_opens_on_the_campaigners_own_language(house: House, client: FlaskClient) -> None:
    """If the mailing has it; else on the mailing's own. A language that is asked for comes first."""
    page = f"{house.base}/{house.mailing()}/content"
    for own, asked, shown in (("fr", "", "fr"), ("nl", "", "en"), ("fr", "?language=en", "en")):
        with db.writing():
            client.set_cookie(COOKIE, sign_in(house.row.id, Role.CAMPAIGNER, own))
        assert f"/preview/{shown}?" in client.get(f"{page}{asked}").text


def test_the_reader_of_a_preview_is_called_as_people_of_its_language(house: House, campaigner: Campaigner) -> None:
    """Whatever language the campaigner speaks."""
    greeting = {"type": "text", "markdown": "{{first_name|x}} {{last_name|x}}"}
    arabic = {"subject": "", "preheader": "", "blocks": [greeting]}
    uid = house.mailing({**CONTENT, "languages": {**CONTENT["languages"], "ar": arabic}})
    assert "أمينة بن علي" in campaigner.get(f"{house.base}/{uid}/preview/ar")


def test_hostile_words_stay_words(house: House, campaigner: Campaigner) -> None:
    """Templates, tags and quotes go out, and are shown, as the characters they are."""
    hostile = "{{7*7}} {% raw %} <script>alert(1)</script> \" ' &amp; javascript:alert(1)"
    blocks = [
        {"type": "heading", "text": hostile},
        {"type": "text", "markdown": f"{hostile} [x](javascript:alert(1))"},
        {"type": "text", "markdown": "> " * 9_990 + "deep"},
        {"type": "quote", "text": hostile, "by": hostile},
        {"type": "button", "text": hostile, "url": "https://example.org/?a=\"'><script>"},
    ]
    content = {"name": hostile, "languages": {"en": {"subject": hostile, "preheader": hostile, "blocks": blocks}}}
    uid = house.mailing(content)
    for path in ("preview/en", "content", "check", "audience", "send"):
        page = campaigner.get(f"{house.base}/{uid}/{path}")
        assert "<script>alert" not in page
        assert "49 {%" not in page
        assert 'href="javascript:' not in page
    assert campaigner.get(f"{house.base}/{uid}/preview/en").count("{{7*7}} {% raw %}") >= 5


def test_a_viewer_reads_and_changes_nothing(house: House, sign: Signed) -> None:
    """The pages are open, their forms are not."""
    uid = house.mailing()
    viewer = sign(Role.VIEWER)
    for path in ("audience", "content", "check", "send", "report"):
        viewer.get(f"{house.base}/{uid}/{path}")
    viewer.get(f"{house.base}/new", status=403)
    for path in ("audience", "content", "content/en", "send", "pause", "resume", "cancel", "take-back", "again"):
        assert viewer.client.post(f"{house.base}/{uid}/{path}").status_code == 403
    with db.reading():
        assert mailing(house.row.id, uid).version == 1


def test_a_form_without_its_token_changes_nothing(house: House, campaigner: Campaigner) -> None:
    """A page of somebody else cannot press our buttons."""
    uid = house.mailing()
    values = {"name": "x", "sender_address": "me@example.org", "default_language": "en"}
    assert campaigner.client.post(f"{house.base}/{uid}/audience", data=values).status_code == 422
    campaigner.client.post(f"{house.base}/{uid}/cancel")
    with db.reading():
        row = mailing(house.row.id, uid)
        assert (row.version, row.state.value) == (1, "draft")


def test_the_list_has_pages(house: House, campaigner: Campaigner) -> None:
    """Newest first, 25 a page, there and back."""
    for number in range(27):
        house.mailing({**CONTENT, "name": f"Letter {number:02}"})
    first = campaigner.get(f"{house.base}/")
    assert "Letter 26" in first
    assert "Letter 01" not in first
    with db.reading():
        older = newest_page(house.row.id, older_than=newest_page(house.row.id).older or "")
        assert [one.name for one in older.mailings] == ["Letter 01", "Letter 00"]
        newer = newest_page(house.row.id, newer_than=older.newer or "")
    assert [one.name for one in newer.mailings] == [f"Letter {number:02}" for number in range(26, 1, -1)]
    assert newer.newer is None


def test_the_text_of_a_language_is_edited_under_its_english_name(house: House, campaigner: Campaigner) -> None:
    """Not under the language's name for itself, in the middle of an English sentence."""
    page = f"{house.base}/{house.mailing()}"
    assert "Edit the French text" in campaigner.get(f"{page}/content?language=fr")
    assert "The text in French" in campaigner.get(f"{page}/write/fr")
