"""From the first draft to a closed appeal, as two colleagues and visitors see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.appeals import service as of_defenders
from mobilize.appeals.appeal import queries, service
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.models import Defender
from mobilize.appeals.queries import gate_of
from mobilize.appeals.rules import Publish, Reviewed, ReviewKind
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.organisations.models import Organisation
from tests.appeals.writing import WRITER, approve, make_defender, make_draft, make_published, review, words
from tests.factories import make_organisation
from tests.signup.visiting import hidden
from tests.staff import COOKIE, sign_in

STAFF, PUBLIC = "/studio/city/appeals", "/city/appeals"
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ASKS = ("Release A. Example", "Publish the charges", "Points to raise", "What you can do", "Send copies", "Act until")


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
def city(app: Flask) -> Organisation:
    with db.writing():
        return make_organisation(slug="city", timezone="Europe/Brussels")


def colleague(app: Flask, city: Organisation, role: Role = Role.CAMPAIGNER) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        client.set_cookie(COOKIE, sign_in(city.id, role))
    return client


@pytest.fixture
def writer(app: Flask, city: Organisation) -> FlaskClient:
    return colleague(app, city)


@pytest.fixture
def second(app: Flask, city: Organisation) -> FlaskClient:
    return colleague(app, city)


def submit(client: FlaskClient, path: str, page: str = "", **values: object) -> str:
    """Fill in the form of a page and press its button; what is shown then."""
    shown = client.get(page or path).text
    known = {name: hidden(shown, name) for name in ("form_token", "form_version", "seen") if f'name="{name}"' in shown}
    return client.post(path, data={**known, **values}, follow_redirects=True).text


def form(city: Organisation) -> dict[str, object]:
    with db.writing():
        uid = make_defender(city.id).uid
    return {
        "slug": "free",
        "defenders": [uid],
        "concern": "unfair_trial",
        "act_until": "2027-01-31",
        "languages": "English, fa",
        "titles_en": "Free A. Example",
        "titles_fr": "Libérez A. Example",
        "happened_en": "A. Example was **arrested**.",
        "demands_en": "Release A. Example\nPublish the charges",
        "points_en": "Say who you are.",
        "afterwards_en": "Go on writing.",
    }


def public_page(client: FlaskClient, slug: str, language: str = "en") -> str:
    answer = client.get(f"{PUBLIC}/{slug}?lang={language}")
    assert answer.status_code == 200
    return answer.text


def test_an_appeal_from_draft_to_public_page(
    city: Organisation, writer: FlaskClient, second: FlaskClient, client: FlaskClient
) -> None:
    """One writes it and asks, another approves, and visitors see it under its number, in their language."""
    assert "The draft is made" in submit(writer, f"{STAFF}/new", **form(city))
    assert client.get(f"{PUBLIC}/free").status_code == 404
    review = f"{STAFF}/free/review"
    assert "Waits for a second person’s approval" in submit(writer, f"{review}/ask", review)
    assert "Somebody else has to approve this" in writer.get(review).text
    assert "Waits for a second person’s approval" in second.get("/studio/city/").text
    assert "Approve exactly this" in second.get(review).text
    assert "Approved. It can be published now." in submit(second, f"{review}/approve", review)
    assert "Published as UA 1/2026" in submit(writer, f"{review}/publish", review)
    page = public_page(client, "free")
    for words_ in ("UA 1/2026", "Free A. Example", "<strong>arrested</strong>", "31 Jan 2027", "English and Persian"):
        assert words_ in page
    assert "Go on writing." not in page
    assert "Libérez A. Example" in public_page(client, "free", "fr")
    assert "Free A. Example" in client.get(f"{PUBLIC}?lang=en").text


def test_what_does_not_hold_stands_beside_its_field(city: Organisation, writer: FlaskClient) -> None:
    """Nothing is made."""
    values = form(city)
    values["languages"] = "English, Klingonish"
    answer = submit(writer, f"{STAFF}/new", **values)
    assert "Write languages by their names or codes" in answer
    assert "Klingonish" in answer
    with db.reading():
        assert queries.appeals(city.id) == []


def test_nobody_approves_their_own_page(city: Organisation, writer: FlaskClient) -> None:
    """A post that the page does not offer is refused, and kept in the activity log."""
    submit(writer, f"{STAFF}/new", **form(city))
    review = f"{STAFF}/free/review"
    submit(writer, f"{review}/ask", review)
    with db.reading():
        seen = queries.fingerprint_of(queries.appeal_by_slug(city.id, "free"))
    assert "Somebody else has to approve this" in submit(writer, f"{review}/approve", review, seen=seen)
    assert "It can be published" not in submit(writer, f"{review}/publish", review)
    with db.reading():
        assert not queries.is_approved(queries.appeal_by_slug(city.id, "free"))


def test_viewers_read_only(app: Flask, city: Organisation) -> None:
    """They can open the pages, and change nothing."""
    viewer = colleague(app, city, Role.VIEWER)
    with db.writing():
        slug = make_published(city.id).slug
    assert viewer.get(f"{STAFF}/{slug}").status_code == 200
    page = viewer.get(f"{STAFF}/{slug}/review").text
    assert "Ask for approval" not in page
    assert viewer.post(f"{STAFF}/{slug}/review/ask").status_code == 403


def test_a_public_appeal_is_updated_with_further_information(
    city: Organisation, writer: FlaskClient, second: FlaskClient, client: FlaskClient
) -> None:
    """It stands above the appeal under its own number, only once it was approved and published."""
    with db.writing():
        slug = make_published(city.id).slug
    further, review = f"{STAFF}/{slug}/further", f"{STAFF}/{slug}/review"
    submit(writer, further, further_en="The trial began.")
    assert "The trial began." not in public_page(client, slug)
    becomes = f"{STAFF}/{slug}/becomes/updated"
    assert "A second person has to approve" in writer.get(becomes).text
    submit(writer, f"{review}/ask", review)
    submit(second, f"{review}/approve", review)
    assert "FU 1 to UA 1/2026" in writer.get(becomes).text
    assert "The appeal is updated" in submit(writer, becomes)
    page = public_page(client, slug)
    assert "FU 1 to UA 1/2026" in page
    assert "The trial began." in page


@pytest.mark.parametrize("outcome", ["released", "improved", "released_conditions", "no_change", "worse", "died"])
def test_a_closed_appeal_asks_nobody(
    city: Organisation, writer: FlaskClient, client: FlaskClient, outcome: str
) -> None:
    """The outcome stands above the text, in its own tone; no ask is left; the case of the person goes on."""
    with db.writing():
        row = make_published(city.id, act_until="2027-01-31", points={"en": "Points"}, copies={"en": "An embassy"})
    submit(writer, f"{STAFF}/{row.slug}/ending", outcome=outcome)
    becomes = f"{STAFF}/{row.slug}/becomes/closed"
    assert "The case of the person goes on" in writer.get(becomes).text
    assert "The appeal is closed" in submit(writer, becomes)
    page, listed = public_page(client, row.slug), client.get(f"{PUBLIC}?lang=en").text
    assert ("Good news" in page) == (outcome in ("released", "improved"))
    assert "arrested" in page
    for ask in (*ASKS, *(["Free A. Example"] if outcome in ("worse", "died") else [])):
        assert ask not in page + listed
    with db.reading():
        (defender,) = queries.defenders_of(queries.appeal_by_slug(city.id, row.slug))
        assert gate_of(defender).is_open


def test_a_stopped_appeal_tells_nothing_more(city: Organisation, writer: FlaskClient, client: FlaskClient) -> None:
    """Neither name nor text: the person or the family wished it."""
    with db.writing():
        row = make_published(city.id)
    submit(writer, f"{STAFF}/{row.slug}/ending", outcome="stopped")
    submit(writer, f"{STAFF}/{row.slug}/becomes/closed")
    page, listed = public_page(client, row.slug), client.get(f"{PUBLIC}?lang=en").text
    assert "stopped at the wish of the person or their family" in page
    assert "A. Example" not in page + listed


def test_a_closed_appeal_names_nobody_who_withdrew(
    city: Organisation, writer: FlaskClient, client: FlaskClient
) -> None:
    """Reviews that are old do not matter any more; a consent that was withdrawn does."""
    with db.writing():
        row = make_published(city.id)
    submit(writer, f"{STAFF}/{row.slug}/ending", outcome="no_change")
    submit(writer, f"{STAFF}/{row.slug}/becomes/closed")
    with clock.frozen(NOW + timedelta(days=1000)):
        assert "arrested" in public_page(client, row.slug)
    with db.writing():
        withdrawn = Reviewed(clock.now().date(), passed=False)
        of_defenders.add_review(defender_of(city, row.slug), ReviewKind.CONSENT, withdrawn, "the family")
    page = public_page(client, row.slug)
    assert "The situation has not changed" in page
    assert "A. Example" not in page


def test_nobody_is_named_without_consent(city: Organisation, writer: FlaskClient, client: FlaskClient) -> None:
    """A consent without the name keeps an appeal from being published, and takes a public one off."""
    with db.writing():
        row, draft = make_published(city.id), make_draft(city.id)
        approve(draft)
        for slug in (row.slug, draft.slug):
            narrow = Reviewed(clock.now().date(), passed=True, scope=frozenset({Publish.TIMELINE}))
            of_defenders.add_review(defender_of(city, slug), ReviewKind.CONSENT, narrow, "the family")
    assert "A. Example" not in public_page(client, row.slug)
    review_page = f"{STAFF}/{draft.slug}/review"
    assert "No consent allows naming this person" in submit(writer, f"{review_page}/publish", review_page)
    assert client.get(f"{PUBLIC}/{draft.slug}").status_code == 404


def test_words_about_the_outcome_need_a_second_person(
    city: Organisation, writer: FlaskClient, second: FlaskClient, client: FlaskClient
) -> None:
    """The outcome alone does not."""
    with db.writing():
        slug = make_published(city.id).slug
    submit(writer, f"{STAFF}/{slug}/ending", outcome="released", news_en="A. Example is home.")
    becomes, review = f"{STAFF}/{slug}/becomes/closed", f"{STAFF}/{slug}/review"
    assert "A second person has to approve the words" in writer.get(becomes).text
    assert "A second person has to approve the words" in submit(writer, becomes)
    submit(writer, f"{review}/ask", review)
    submit(second, f"{review}/approve", review)
    submit(writer, becomes)
    assert "A. Example is home." in public_page(client, slug)


def test_while_a_case_is_checked_the_page_says_so(city: Organisation, client: FlaskClient) -> None:
    """No name, no text and no ask until the gate is open again."""
    with db.writing():
        row = make_published(city.id)
        (defender,) = queries.defenders_of(row)
        of_defenders.hold_everything(defender)
    page, listed = public_page(client, row.slug), client.get(f"{PUBLIC}?lang=en").text
    assert "This case is being checked." in page
    assert "A. Example" not in page + listed
    with db.writing():
        of_defenders.end_hold(defender_of(city, row.slug))
    assert "Release A. Example" in public_page(client, row.slug)


@pytest.mark.parametrize(("at", "is_open"), [("22:59", True), ("23:00", False)])
def test_people_can_act_until_the_local_day_ends(
    city: Organisation, client: FlaskClient, at: str, is_open: bool
) -> None:
    """In Brussels, 31 January 2027 ends at 23:00 UTC; afterwards the page says what can still be done."""
    with db.writing():
        slug = make_published(city.id, act_until="2027-01-31", afterwards={"en": "Go on writing."}).slug
    hour, minute = map(int, at.split(":"))
    later = datetime(2027, 1, 31, hour, minute, tzinfo=UTC)
    with clock.frozen(later):
        with db.writing():
            review(defender_of(city, slug))
        page = public_page(client, slug)
    assert ("Release A. Example" in page) == is_open
    assert ("Go on writing." in page) != is_open


def defender_of(city: Organisation, slug: str) -> Defender:
    (found,) = queries.defenders_of(queries.appeal_by_slug(city.id, slug))
    return found


def test_a_list_that_changed_meanwhile_is_shown_once_more(city: Organisation, writer: FlaskClient) -> None:
    """What was not seen is not pressed."""
    with db.writing():
        slug = make_published(city.id).slug
    submit(writer, f"{STAFF}/{slug}/ending", outcome="released")
    answer = submit(writer, f"{STAFF}/{slug}/becomes/closed", seen="another")
    assert "Something changed while you read this list" in answer


def test_a_published_appeal_is_not_deleted(city: Organisation, writer: FlaskClient) -> None:
    """A draft is."""
    with db.writing():
        public = make_published(city.id).slug
        people = [make_defender(city.id).uid]
        draft = service.create_appeal(city.id, "draft", words(), people, WRITER).slug
    submit(writer, f"{STAFF}/{draft}/delete")
    submit(writer, f"{STAFF}/{public}/delete")
    with db.reading():
        assert [row.slug for row in session.scalars(select(Appeal))] == [public]


def test_search_finds_an_appeal_by_name_and_number(city: Organisation, writer: FlaskClient) -> None:
    """And not by what is in none of them."""
    with db.writing():
        make_published(city.id)
    for typed, is_found in (("example", True), ("UA 1/2026", True), ("nobody", False)):
        answer = writer.get("/studio/city/search", query_string={"q": typed}).text
        assert ("Free A. Example" in answer) == is_found


def test_an_approval_is_bound_to_what_was_shown(city: Organisation, writer: FlaskClient, second: FlaskClient) -> None:
    """The draft changes while the second person reads it."""
    with db.writing():
        row = make_published(city.id)
        service.change_draft(row, words(titles={"en": "One"}), WRITER)
        service.ask_for_approval(row, WRITER)
    review = f"{STAFF}/{row.slug}/review"
    seen = hidden(second.get(review).text, "seen")
    with db.writing():
        row = queries.appeal_by_slug(city.id, row.slug)
        service.change_draft(row, words(titles={"en": "Two"}), WRITER)
        service.ask_for_approval(row, WRITER)
    assert "Read it once more" in submit(second, f"{review}/approve", review, seen=seen)
    with db.writing():
        approve(queries.appeal_by_slug(city.id, row.slug))
