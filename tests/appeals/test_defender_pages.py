"""A case from its first entry to its deletion, as colleagues see it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from mobilize.appeals.models import Defender, DefenderReview
from mobilize.appeals.queries import defenders
from mobilize.core import db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.delivery.models import Message, MessageState
from mobilize.delivery.source_holds import depend_on
from mobilize.organisations.queries import Brand
from tests.appeals.conftest import ALIAS, NAME, NOTE, STAFF, page, signed_in
from tests.appeals.writing import make_draft
from tests.delivery.engine_world import make_world
from tests.signup.visiting import hidden, press

EVENT = {"when": "2021-02", "texts_en": "Released", "kind": "told", "name": "her lawyer"}


def submit(client: FlaskClient, here: str, path: str, **fields: str) -> str:
    """Press a button of a page that posts to another path; the page that follows."""
    token = hidden(page(client, here), "form_token")
    answer = client.post(path, data={"form_token": token, **fields}, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def uid_of(answer_location: str) -> str:
    return answer_location.rsplit("/", 1)[1]


def test_one_person_is_found_by_every_spelling(campaigner: FlaskClient) -> None:
    """Names, aliases and texts by language are kept; accents, hyphens and case do not matter to the search."""
    fields = {
        "name": "Loujaïn al-Exemple",
        "aliases_fr": "Loujain Al Exemple",
        "aliases_und": "لجين المثال",
        "country": "SA",
        "rights": "Freedom of expression",
        "adoptions": "City of Brussels; 2021-01",
        "abouts_en": "An activist.",
    }
    answer = press(campaigner, f"{STAFF}/new", **fields)
    assert answer.status_code == 303
    shown = page(campaigner, answer.location)
    assert "City of Brussels\u2069, since January 2021" in shown
    for words in ("Saudi Arabia", "No consent is entered", "None, on purpose"):
        assert words in shown
    for typed in ("loujain", "al exemple", "LOUJAIN AL-EXEMPLE", "لجين"):
        assert uid_of(answer.location) in page(campaigner, f"{STAFF}?q={typed}"), typed
    assert "Nobody here is called" in page(campaigner, f"{STAFF}?q=somebody")
    assert "Loujaïn al-Exemple" in page(campaigner, "/studio/city/search?q=loujain")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Fill this in"),
        ("slug", "Not A Slug", "Use lower-case letters"),
        ("adoptions", "A City; soon", "Write a year, a month or a day"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(
    campaigner: FlaskClient, field: str, value: str, words: str
) -> None:
    """Nothing is saved."""
    answer = press(campaigner, f"{STAFF}/new", **{"name": "A. Example", field: value})
    assert answer.status_code == 422
    assert words in answer.text
    with db.reading():
        assert session.scalar(select(Defender.id)) is None


def test_two_colleagues_do_not_overwrite_each_other(app: Flask, house: Brand, campaigner: FlaskClient, defender: str):
    """Who saves second is told what the first one saved, and their own words stay in the fields."""
    path = f"{STAFF}/{defender}/edit"
    other = signed_in(app, house, Role.CAMPAIGNER)
    opened = page(other, path)
    assert press(campaigner, path, name="Nadia First").status_code == 303
    fields = {name: hidden(opened, name) for name in ("form_token", "form_version")}
    answer = other.post(path, data={**fields, "name": "Nadia Second"})
    assert answer.status_code == 422
    assert "somebody else was quicker" in answer.text
    assert "Nadia First" in answer.text


def test_reviews_open_the_gate_and_say_until_when(campaigner: FlaskClient, house: Brand) -> None:
    """A consent says what may be published; a review without its words is refused."""
    location = press(campaigner, f"{STAFF}/new", name="A. Example").location
    for kind in ("consent", "verification", "risk"):
        path = f"{location}/reviews/{kind}"
        day = hidden(page(campaigner, path), "on")
        refused = press(campaigner, path, on=day, passed="yes", words=" ")
        assert refused.status_code == 422
        fields = {"scope": "name"} if kind == "consent" else {}
        assert press(campaigner, path, on=day, passed="yes", words="by phone", **fields).status_code == 303
    assert "Email is sent until" in page(campaigner, location)
    day = hidden(page(campaigner, f"{location}/reviews/risk"), "on")
    assert press(campaigner, f"{location}/reviews/risk", on=day, passed="no", words="threats").status_code == 303
    assert "Publicity could harm the person" in page(campaigner, location)
    assert campaigner.get(f"{location}/reviews/other").status_code == 404
    with db.reading():
        assert session.scalars(select(DefenderReview.scope).order_by(DefenderReview.id)).first() == ["name"]


def test_hold_everything_stops_the_mailing_and_its_end_sends_it_on(
    campaigner: FlaskClient, house: Brand, defender: str
) -> None:
    """One press each way."""
    message_id = make_world(people=2).launch()
    with db.writing():
        depend_on(message_id, {f"defender:{defender}": 1})
    here = f"{STAFF}/{defender}"
    assert "1 mailing was stopped" in submit(campaigner, here, f"{here}/hold")
    with db.reading():
        assert session.get_one(Message, message_id).state is MessageState.PAUSED
    assert "On hold" in page(campaigner, "/studio/city/")
    assert "The hold has ended" in submit(campaigner, here, f"{here}/resume")
    with db.reading():
        assert session.get_one(Message, message_id).state is MessageState.SENDING


def test_a_timeline_keeps_dates_as_far_as_they_are_known(campaigner: FlaskClient, defender: str) -> None:
    """What two sources say of one date stands side by side; an event without a source is refused."""
    here = f"{STAFF}/{defender}"
    path = f"{here}/events/new"
    for fields in (EVENT, {**EVENT, "texts_en": "Not released", "kind": "link", "name": "a daily",
                           "url": "https://example.org/news"}, {**EVENT, "when": "2018"}):  # fmt: skip
        assert press(campaigner, path, **fields).status_code == 303
    shown = page(campaigner, here)
    times = re.findall(r'<time datetime="([^"]+)">([^<]+)</time>', shown)
    assert times == [("2018", "2018"), ("2021-02", "February 2021")]
    assert "Told to us: <bdi>her lawyer</bdi>" in shown
    for wrong in ({"when": "soon"}, {"name": ""}, {"kind": "link", "url": "javascript:alert(1)"}, {"texts_en": ""}):
        assert press(campaigner, path, **{**EVENT, **wrong}).status_code == 422, wrong


def test_a_source_that_changed_is_found_when_it_is_looked_at_again(campaigner: FlaskClient, defender: str) -> None:
    """Its text is kept with a fingerprint: line ends do not matter, other words do, and both are shown."""
    here = f"{STAFF}/{defender}"
    assert press(campaigner, f"{here}/events/new", **EVENT, copy="She was\r\nreleased. ").status_code == 303
    found = re.search(r'href="([^"]+/source)"', page(campaigner, here))
    assert found is not None
    assert press(campaigner, found[1], copy="She was\nreleased.").status_code == 303
    assert "the same" in page(campaigner, here)
    answer = press(campaigner, found[1], copy="She was detained.")
    assert answer.status_code == 200
    for words in ("The source has changed", "She was\nreleased.", "She was detained."):
        assert words in answer.text
    assert "The source has changed" in page(campaigner, here)
    assert press(campaigner, found[1], copy=" ").status_code == 422
    submit(campaigner, here, found[1].removesuffix("source") + "remove")
    assert "Released" not in page(campaigner, here)


def test_a_file_is_compared_by_its_fingerprint(campaigner: FlaskClient, defender: str) -> None:
    """The file itself is not kept."""
    here = f"{STAFF}/{defender}"
    token = hidden(page(campaigner, f"{here}/events/new"), "form_token")
    data = {**EVENT, "form_token": token, "kind": "document", "file": (io.BytesIO(b"%PDF one"), "a.pdf")}
    assert campaigner.post(f"{here}/events/new", data=data, content_type="multipart/form-data").status_code == 303
    path = re.search(r'href="([^"]+/source)"', page(campaigner, here))
    assert path is not None
    for content, status in ((b"%PDF one", 303), (b"%PDF two", 200)):
        data = {"form_token": token, "file": (io.BytesIO(content), "a.pdf")}
        assert campaigner.post(path[1], data=data, content_type="multipart/form-data").status_code == status


def test_a_picture_needs_a_consent(campaigner: FlaskClient, client: FlaskClient, defender: str) -> None:
    """Without a word of who agreed it is refused; with one it stands on both pages."""
    here = f"{STAFF}/{defender}"
    for consent, status in (("", 422), ("her mother, in writing", 303)):
        out = io.BytesIO()
        Image.new("RGB", (30, 20), "#0b5f8a").save(out, "PNG")
        opened = page(campaigner, f"{here}/pictures/new")
        data = {
            "form_token": hidden(opened, "form_token"),
            "consented_on": hidden(opened, "consented_on"),
            "consent": consent,
            "alternatives_en": "Nadia at her desk",
            "picture": (io.BytesIO(out.getvalue()), "p.png"),
        }
        answer = campaigner.post(f"{here}/pictures/new", data=data, content_type="multipart/form-data")
        assert answer.status_code == status
    assert "her mother, in writing" in page(campaigner, here)
    public = page(client, "/city/defenders/case-1")
    assert 'alt="Nadia at her desk"' in public
    assert "her mother" not in public
    remove = re.search(r'action="([^"]+/pictures/[^"]+/remove)"', page(campaigner, here))
    assert remove is not None
    submit(campaigner, here, remove[1])
    assert "Nadia at her desk" not in page(client, "/city/defenders/case-1")


def test_risk_notes_are_read_by_named_colleagues_only(
    app: Flask, house: Brand, owner: FlaskClient, campaigner: FlaskClient, defender: str
) -> None:
    """An owner reads nothing by role alone; each reading takes a press and is in the activity log."""
    here = f"{STAFF}/{defender}"
    assert "Only colleagues whom an owner named" in submit(owner, here, f"{here}/risk")
    settings = page(owner, "/studio/city/settings/defenders")
    uids = re.findall(r'name="readers" value="([^"]+)"', settings)
    submit(owner, "/studio/city/settings/defenders", "/studio/city/settings/defenders/readers", readers=uids[-1])
    reader = {True: campaigner, False: owner}["Read the risk notes" in page(campaigner, here)]
    opened = submit(reader, here, f"{here}/risk")
    fields = {name: hidden(opened, name) for name in ("form_token", "form_version")}
    saved = reader.post(f"{here}/risk/save", data={**fields, "notes": NOTE}, follow_redirects=True)
    assert "The risk notes are saved" in saved.text
    assert NOTE not in page(reader, here)
    assert NOTE in submit(reader, here, f"{here}/risk")
    assert campaigner.get(f"{here}/risk").status_code == 405
    with db.reading():
        row = session.scalars(select(Defender)).one()
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"defender:{row.uid}")).all()
        assert actions.count("defender.risk_notes_read") == 2


def test_limits_are_the_organisations_own(owner: FlaskClient, campaigner: FlaskClient) -> None:
    """Only owners set them; a limit that is no number of days is refused at its field."""
    path = "/studio/city/settings/defenders"
    assert campaigner.get(path).status_code == 403
    for days, status in (("0", 422), ("14", 303)):
        opened = page(owner, path)
        fields = {name: hidden(opened, name) for name in ("form_token", "form_version")}
        data = {**fields, "consent": "365", "verification": days, "risk": "30"}
        assert owner.post(path, data=data).status_code == status
    assert 'value="14"' in page(owner, path)


def test_a_defender_is_deleted_once_nothing_waits(campaigner: FlaskClient, house: Brand, defender: str) -> None:
    """While a mailing that names the person has not ended it is refused; then nothing is left."""
    message_id = make_world(people=1).launch()
    with db.writing():
        depend_on(message_id, {f"defender:{defender}": 1})
    path = f"{STAFF}/{defender}/delete"
    assert press(campaigner, path).status_code == 409
    with db.writing():
        session.get_one(Message, message_id).state = MessageState.FINISHED
    assert press(campaigner, path).status_code == 303
    assert campaigner.get(f"{STAFF}/{defender}").status_code == 404
    with db.reading():
        assert session.scalar(select(DefenderReview.id)) is None


def test_whom_an_appeal_names_is_not_deleted(campaigner: FlaskClient, house: Brand) -> None:
    """The appeal would lose whom it is for."""
    with db.writing():
        make_draft(house.id)
        (row,) = defenders(house.id)
    answer = press(campaigner, f"{STAFF}/{row.uid}/delete")
    assert answer.status_code == 409
    assert "An appeal names this person" in answer.text


def test_the_database_file_names_nobody(owner: FlaskClient, defender: str, installation: object) -> None:
    """Names, spellings, notes and texts are sealed: a dump shows none of them."""
    if not db.is_sqlite():
        pytest.skip("the file is SQLite's")
    with db.writing():
        row = session.scalars(select(Defender)).one()
        row.risk_notes = NOTE
    assert press(owner, f"{STAFF}/{defender}/events/new", **EVENT, copy="kept word for word").status_code == 303
    path = str(db.engine().url.database)
    stored = b"".join(Path(path + end).read_bytes() for end in ("", "-wal"))
    for words in (NAME, ALIAS, NOTE, "by phone", "her lawyer", "kept word for word", "She **writes**"):
        assert words.encode() not in stored, words
