"""A small feature joins the house by one line of ``features.py``, and every seam takes it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from mobilize import cli, tick
from mobilize.audiences.audience import Audience
from mobilize.audiences.service import create_segment
from mobilize.campaigns.service import Facts, assign, create_campaign, make_edition
from mobilize.core import clock, db, feature, live_sources, logs, tokens
from mobilize.core.db import Base, session
from mobilize.core.errors import MobilizeError, Refused
from mobilize.core.feature import Feature
from mobilize.core.i18n import using
from mobilize.core.permissions import Role, granted
from mobilize.core.settings import Settings
from mobilize.core.tokens import Purpose
from mobilize.core.when import unknown
from mobilize.delivery.composing.composition import compose
from mobilize.delivery.models import Content, RecipientKind, Stream
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.delivery.variants import Variant
from mobilize.demo import service
from mobilize.demo.content import ORGANISATIONS
from mobilize.mailings import launch
from mobilize.mailings import service as mailings
from mobilize.mailings.checks import errors_of
from mobilize.mailings.composing import ComposedMailing, compose_mailing
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.sources import sources_of
from mobilize.organisations.models import Organisation
from mobilize.questions.models import QuestionKind
from mobilize.questions.service import QuestionFacts, create_question
from mobilize.visitors import requests
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain
from tests.factories import make_organisation
from tests.signup.visiting import hidden, press
from tests.staff import COOKIE, sign_in
from tests.toy.conftest import BEGINS
from tests.toy.rules import questions_of


def rows(table: str) -> list[object]:
    with db.reading():
        return list(session.execute(select(Base.metadata.tables[table])).mappings())


def mailing(city: Organisation, *blocks: dict[str, object]) -> str:
    with db.writing():
        newsletter = make_list(city)
        make_people(city, 2, [newsletter])
        content = {"name": "News", "languages": {"en": {"subject": "News", "preheader": "", "blocks": list(blocks)}}}
        to_whom = Audience.of(city.id, [newsletter.id])
        return mailings.create_mailing(to_whom, parse_content_file(json.dumps(content))).uid


def test_its_pages_are_guarded_by_its_permissions(campaigner: FlaskClient, city: Organisation):
    """A campaigner writes one, a viewer only reads."""
    page = campaigner.get("/studio/city/fairs").text
    answer = campaigner.post(
        "/studio/city/fairs",
        data={
            "form_token": hidden(page, "form_token"),
            "slug": "spring",
            "title_text": "Spring fair",
            "begins_at": "2027-03-20T09:00",
        },
    )
    assert answer.status_code == 303
    assert "Spring fair" in campaigner.get("/studio/city/fairs").text
    with db.writing():
        campaigner.set_cookie(COOKIE, sign_in(city.id, Role.VIEWER))
    assert campaigner.get("/studio/city/fairs").status_code == 200
    assert campaigner.post("/studio/city/fairs").status_code == 403
    assert "fair.change" in granted(Role.CAMPAIGNER) - granted(Role.VIEWER)


def test_its_place_stands_in_the_bar(campaigner: FlaskClient):
    """A tab of its noun, beside those of other features."""
    page = campaigner.get("/studio/city/calendar").text
    assert 'href="/studio/city/fairs"' in page
    assert "Calendar" in page


def test_its_entries_stand_on_the_home_page(campaigner: FlaskClient, fair: str):
    """Beside what other features have."""
    page = campaigner.get("/studio/city/").text
    assert "Spring fair" in page
    assert "0 visitors" in page


def test_it_belongs_to_a_campaign(campaigner: FlaskClient, city: Organisation, fair: str):
    """On the campaign's page, and copied into the next edition."""
    with db.writing():
        row = create_campaign(city.id, "spring", Facts({"en": "Spring"}), unknown("Europe/Brussels"))
        assign(city.id, "fair", fair, "spring")
        make_edition(row, "autumn")
    assert "Spring fair" in campaigner.get("/studio/city/campaigns/spring").text
    assert "Spring fair" in campaigner.get("/studio/city/campaigns/autumn").text
    assert [one["slug"] for one in rows("fairs")] == ["spring", "spring-autumn"]


def test_its_changes_are_named_in_the_trail(client: FlaskClient, city: Organisation, fair: str):
    """In the feature's own words, and its reasons with the ledger's."""
    with db.writing():
        client.set_cookie(COOKIE, sign_in(city.id, Role.OWNER))
    assert "Fair written" in client.get("/studio/city/settings/trail").text
    assert str(feature.words("reason_words", "fair-over")) == "The fair was over"


def test_its_words_are_translated_by_its_own_catalogue(campaigner: FlaskClient, features: tuple[Feature, ...]):
    """Beside the house's catalogues, by the rules of the language."""
    assert "Salons" in campaigner.get("/studio/city/fairs?lang=fr").text
    with using("fr"):
        assert str(feature.words("audit_words", "fair.created")) == "Salon rédigé"


def test_a_visitor_registers_and_confirms_by_mail(client: FlaskClient, fair: str):
    """Public form, mail of its own template, link of its own purpose, button, row."""
    page = client.get("/city/fairs/spring").text
    token = hidden(page, "form_token")
    answer = client.post("/city/fairs/spring", data={"form_token": token, "email": "amina@example.org", "guests": "2"})
    assert answer.status_code == 200
    transport = FakeTransport()
    drain(transport, Stream.TRANSACTIONAL)
    (one,) = transport.sent
    assert one.recipient == "amina@example.org"
    assert b"Spring fair" in one.message
    (path,) = set(re.findall(r"/fair/([A-Za-z0-9_-]{20,})", unfolded(one.message)))
    for _twice in range(2):
        assert press(client, f"/fair/{path}").status_code == 303
    assert [row["guests"] for row in rows("fair_registrations")] == [2]


def test_its_link_holds_a_permission_of_its_own(client: FlaskClient, city: Organisation, fair: str):
    """No colleague has it, the link has no other, and the trail says by which kind of link it was done."""
    confirm = tokens.purpose_named("fair-confirm")
    with db.writing():
        client.set_cookie(COOKIE, sign_in(city.id, Role.OWNER))
        row = feature.load("tests.toy.queries:fair_by_slug")(city.id, "spring")
        recipient = find_or_create_recipient(city.id, city.uid, RecipientKind.PERSON, "amina@example.org", "en")
        request = requests.keep("fair", row.id, recipient, "en", {"guests": 2})
    assert granted("fair-guest") == {"fair.confirm"}
    assert not any("fair.confirm" in granted(role) for role in Role)
    assert press(client, f"/fair/{tokens.mint(confirm, request.id)}").status_code == 303
    assert [one["actor"] for one in rows("audit_entries") if one["action"] == "fair.registered"] == [
        "link:fair-confirm"
    ]
    assert "A personal link" in client.get("/studio/city/settings/trail").text
    other = Purpose("another", path="/fair/", role="fair-guest")
    assert client.get(f"/fair/{tokens.mint(other, request.id)}").status_code == 404


def test_its_form_asks_typed_questions_of_its_own(client: FlaskClient, city: Organisation, fair: str):
    """Checked beside their fields, kept until they are confirmed, and then part of what is held about the person."""
    with db.writing():
        row = feature.load("tests.toy.queries:fair_by_slug")(city.id, "spring")
        facts = QuestionFacts({"en": "Which day do you arrive?"}, retention_days=30)
        create_question(city.id, questions_of(row.id), "arrives", QuestionKind.DATE, facts)
    token = hidden(client.get("/city/fairs/spring").text, "form_token")
    typed = {"form_token": token, "email": "amina@example.org", "guests": "2"}
    refused = client.post("/city/fairs/spring", data={**typed, "answer_arrives": "on Sunday"})
    assert refused.status_code == 422
    assert 'id="answer_arrives-error"' in refused.text
    assert client.post("/city/fairs/spring", data={**typed, "answer_arrives": "2027-03-20"}).status_code == 200
    transport = FakeTransport()
    drain(transport, Stream.TRANSACTIONAL)
    assert rows("answers") == []
    (path,) = set(re.findall(r"/fair/([A-Za-z0-9_-]{20,})", unfolded(transport.sent[0].message)))
    press(client, f"/fair/{path}")
    (person,) = [row["recipient_id"] for row in rows("fair_registrations")]
    with db.reading():
        (section,) = feature.personal_data()["questions"].held([person])
    (answered,) = section.rows
    assert (answered["question"].words, answered["answer"].value) == ("Which day do you arrive?", "2027-03-20")


def unfolded(message: bytes) -> str:
    return message.replace(b"=\r\n", b"").replace(b"=3D", b"=").decode()


def test_its_tokens_are_known_and_never_logged(features: tuple[Feature, ...], keyring: None):
    """Mail that waits names the purpose by its label; logs hide the link."""
    purpose = tokens.purpose_named("fair-confirm")
    assert tokens.read(purpose, tokens.mint(purpose, 7)) == (7,)
    assert logs.scrub(f"GET /fair/{tokens.mint(purpose, 7)}") == "GET /fair/[token]"


def test_its_block_is_read_when_the_mailing_is_launched(city: Organisation, fair: str):
    """What is frozen names the fair and its version; a later change of the fair leaves it as it is."""
    uid = mailing(city, {"type": "heading", "text": "News"}, {"type": "fair", "fair": fair})
    with db.reading():
        row = session.scalars(select(Mailing).where(Mailing.uid == uid)).one()
        assert errors_of(row) == ()
        shown = compose(sources_of(row)[Variant("en")], str)
        assert "Sat 20 Mar 2027, 10:00 (Brussels)" in shown.text
    with db.writing():
        mailings.send_mailing(session.scalars(select(Mailing).where(Mailing.uid == uid)).one())
    launch_due(clock.now())
    with db.writing():
        session.execute(Base.metadata.tables["fairs"].update().values(title="Autumn fair", version=2))
    transport = FakeTransport()
    drain(transport)
    assert len(transport.sent) == 2
    assert all(b"Spring fair" in one.message and b"Autumn" not in one.message for one in transport.sent)
    with db.reading():
        (source,) = session.scalars(select(Content.source))
    assert source["live"] == {f"fair:{fair}": 1}


def test_a_live_source_that_moves_is_frozen_anew(city: Organisation, fair: str, monkeypatch: pytest.MonkeyPatch):
    """The fair is moved while the mailing is composed: what is sent is of the fair as it is when the launch starts."""
    uid = mailing(city, {"type": "fair", "fair": fair})
    with db.writing():
        mailings.send_mailing(session.scalars(select(Mailing).where(Mailing.uid == uid)).one())
    changes = iter([{"title": "Autumn fair", "version": 2}])

    def composed_while_it_moves(row: Mailing) -> ComposedMailing:
        found = compose_mailing(row)
        for change in changes:
            with db.engine().begin() as other:
                other.execute(Base.metadata.tables["fairs"].update().values(**change))
        return found

    monkeypatch.setattr(launch, "compose_mailing", composed_while_it_moves)
    launch_due(clock.now())
    with db.reading():
        (source,) = session.scalars(select(Content.source))
    assert source["live"] == {f"fair:{fair}": 2}
    assert "Autumn fair" in json.dumps(source["blocks"])


def test_nobody_changes_a_live_source_while_a_launch_starts(city: Organisation, fair: str):
    """Whoever changes it waits, and then finds the message that has to be held."""
    with db.writing():
        assert live_sources.versions_held([f"fair:{fair}", "fair:gone"]) == {f"fair:{fair}": 1}
        if db.is_sqlite():
            return  # it has one writer
        locked = text("SELECT id FROM fairs FOR NO KEY UPDATE NOWAIT")
        with db.engine().connect() as other, pytest.raises(OperationalError):
            other.execute(locked)


def test_a_message_about_something_whose_gate_is_closed_begins_held(city: Organisation, fair: str):
    """As the feature says: a fair that is over, or gone; what has no gate waits for none."""
    with db.writing():
        assert live_sources.closed_held([f"fair:{fair}", "fair:gone", "event:gone"]) == {"fair:gone"}
        session.execute(Base.metadata.tables["fairs"].update().values(is_over=True))
        assert live_sources.closed_held([f"fair:{fair}"]) == {f"fair:{fair}"}


def test_a_live_source_that_nobody_knows_is_an_error(features: tuple[Feature, ...]):
    """Nothing is sent that could not be found again when what it shows is changed."""
    with pytest.raises(MobilizeError, match="circus"):
        live_sources.versions_held(["circus:abc"])


def test_a_block_that_cannot_be_frozen_keeps_its_mailing_here(city: Organisation, fair: str):
    """A fair of another organisation, or one that is gone: the check says so, and the launch gives up."""
    with db.writing():
        other = make_organisation(slug="other")
        foreign = feature.load("tests.toy.service:create_fair")(other.id, "foreign", "Foreign fair", BEGINS).uid
    uid = mailing(city, {"type": "heading", "text": "News"}, {"type": "fair", "fair": foreign})
    with db.reading():
        row = session.scalars(select(Mailing).where(Mailing.uid == uid)).one()
        with pytest.raises(Refused) as refused:
            sources_of(row)
        assert refused.value.field == "languages.en.blocks[1].fair"
        assert [problem.words for problem in errors_of(row)] == ["This fair is gone"]
    with db.writing():
        row = session.scalars(select(Mailing).where(Mailing.uid == uid)).one()
        row.state, row.send_at = MailingState.SCHEDULED, clock.now()
    launch_due(clock.now())
    with db.reading():
        row = session.scalars(select(Mailing).where(Mailing.uid == uid)).one()
        assert (row.state, row.message_id) == (MailingState.DRAFT, None)
        assert "This fair is gone" in row.problem


def test_its_lines_stand_on_the_check_page(campaigner: FlaskClient, city: Organisation, fair: str):
    """What only the feature can tell of a mailing that shows its things."""
    uid = mailing(city, {"type": "fair", "fair": fair})
    checked = f"/studio/city/mailings/{uid}/check"
    assert "is over" not in campaigner.get(checked).text
    with db.writing():
        session.execute(Base.metadata.tables["fairs"].update().values(is_over=True))
    assert "Spring fair is over" in campaigner.get(checked).text
    with db.reading():
        assert errors_of(session.scalars(select(Mailing).where(Mailing.uid == uid)).one()) == ()


def test_a_search_finds_its_things_by_name(campaigner: FlaskClient, fair: str):
    """In any case and with any accents, beside those of other features."""
    page = campaigner.get("/studio/city/search?q=SPRÍNG").text
    assert 'href="/studio/city/fairs">Spring fair</a>' in page
    assert "Spring fair" not in campaigner.get("/studio/city/search?q=autumn").text


def test_its_settings_are_a_tab_of_the_settings(client: FlaskClient, city: Organisation, fair: str):
    """Shown to whom its view admits."""
    tab = '/studio/city/settings/fairs"'
    for role, status in ((Role.OWNER, 200), (Role.CAMPAIGNER, 200), (Role.VIEWER, 403)):
        with db.writing():
            client.set_cookie(COOKIE, sign_in(city.id, role))
        assert (tab in client.get("/studio/city/settings/").text) is (status == 200)
        assert client.get("/studio/city/settings/fairs").status_code == status


def test_what_waits_for_a_confirmation_has_its_words(client: FlaskClient, city: Organisation, fair: str):
    """On the person's page; a kind of request that no feature confirms is not kept at all."""
    with db.writing():
        client.set_cookie(COOKIE, sign_in(city.id, Role.OWNER))
        row = feature.load("tests.toy.queries:fair_by_slug")(city.id, "spring")
        recipient = find_or_create_recipient(city.id, city.uid, RecipientKind.PERSON, "amina@example.org", "en")
        requests.keep("fair", row.id, recipient, "en", {"guests": 2})
        with pytest.raises(MobilizeError, match="circus"):
            requests.keep("circus", row.id, recipient, "en", {})
        uid = recipient.uid
    assert "A visit to a fair: Spring fair" in client.get(f"/studio/city/people/{uid}").text


def test_its_block_has_a_form(campaigner: FlaskClient, city: Organisation, fair: str):
    """It is offered beside the others, and offers the organisation's fairs."""
    uid = mailing(city, {"type": "fair", "fair": fair})
    page = campaigner.get(f"/studio/city/mailings/{uid}/write/en").text
    assert 'value="add:fair"' in page
    assert "Spring fair" in page


def test_its_condition_is_one_of_segments(campaigner: FlaskClient, city: Organisation, fair: str):
    """It is offered with its own form, narrows a mailing, and another organisation's fair is refused."""
    with db.writing():
        newsletter = make_list(city)
        visitor, _other = make_people(city, 2, [newsletter])
        row = feature.load("tests.toy.queries:fair_by_slug")(city.id, "spring")
        session.add(feature.load("tests.toy.models:Registration")(fair_id=row.id, recipient_id=visitor, guests=1))
        visitors = create_segment(city.id, "Visitors", {"condition": "fair", "facts": {"fair": fair}})
        foreign = feature.load("tests.toy.service:create_fair")(make_organisation().id, "foreign", "Foreign", BEGINS)
        with pytest.raises(Refused, match="This fair is gone"):
            create_segment(city.id, "Spies", {"condition": "fair", "facts": {"fair": foreign.uid}})
    assert "visits “Spring fair”" in campaigner.get("/studio/city/people/segments").text
    assert 'value="fair"' in campaigner.get("/studio/city/people/segments/new").text
    with db.reading():
        audience = Audience.of(city.id, [newsletter.id], (), [visitors.id])
        assert (audience.count(), audience.why(visitor) is not None) == (1, True)


def test_the_demonstration_shows_it(installation: Settings, app: Flask):
    """Each organisation is made with what every feature has to show, in one transaction."""
    service.load(installation)
    assert len(rows("fairs")) == len(ORGANISATIONS)


def test_its_step_runs_with_the_clock(installation: Settings, fair: str):
    """In the pass of the clock, between repairing and finishing."""
    tick.run(BEGINS + timedelta(days=2), installation)
    assert [row["is_over"] for row in rows("fairs")] == [True]


def test_its_numbers_are_told_to_machines(client: FlaskClient, fair: str):
    """Beside the numbers about mail."""
    assert "mobilize_fairs 1.0" in client.get("/metrics").text


def test_its_command_is_one_of_mobilizes(
    installation: Settings, city: Organisation, features: tuple[Feature, ...], monkeypatch: pytest.MonkeyPatch
):
    """Listed without being imported, found by its name."""
    monkeypatch.setattr(cli, "FEATURES", features)
    for name, value in (("DATA_DIR", installation.data_dir), ("DATABASE_URL", installation.database_url)):
        monkeypatch.setenv(f"MOBILIZE_{name}", str(value))
    monkeypatch.setenv("MOBILIZE_REDIS_URL", installation.redis_url)
    run = CliRunner()
    assert "  fair " in run.invoke(cli.main, ["--help"]).output
    made = run.invoke(
        cli.main, ["fair", "create", "--org", "city", "--slug", "s", "--title", "Fair", "--at", "2027-03-20T09:00+0000"]
    )
    assert (made.exit_code, made.output) == (0, "s\n")
