"""Whoever is erased is found nowhere: only a keyed hash stays, and a random name in the trail."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from mobilize import bootstrap, tick
from mobilize.audiences.audience import Audience
from mobilize.core import clock, db, feature
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.feature import PersonalData
from mobilize.core.settings import Settings
from mobilize.delivery.emptying import NO_DOMAIN
from mobilize.delivery.models import Delivery, DeliveryState, Recipient, RecipientKind, Suppression
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.mailings import service as mailings
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.models import Mailing
from mobilize.mailings.progress import progress_of
from mobilize.people import erased_list, erasing
from mobilize.people.erasing import BY_STAFF, BY_THEMSELVES, begin_erasure, finish_erasures
from mobilize.people.models import Erasure
from mobilize.people.queries import find_person
from mobilize.questions import files
from mobilize.questions.answering import answer
from mobilize.questions.models import Answer, QuestionKind
from mobilize.questions.rules import own_fields
from mobilize.questions.service import QuestionFacts, create_question
from mobilize.reports.queries import mailing_report
from mobilize.subscribers import personal_data as consents
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.models import Consent
from mobilize.subscribers.queries import lists_of
from mobilize.subscribers.service import leave, mail_fresh_link, subscribe
from mobilize.visitors import requests
from tests.delivery.engine_world import FakeTransport, drain
from tests.delivery.returned_mail import HARD, come_back, path_of
from tests.people import dump
from tests.subscribers.conftest import City, add

ADDRESS, FIRST, LAST = "zubeida.qadri@reader.example.net", "Zubeida", "Qadri"
AGE = 12345678.0
CONTENT = '{"name": "Letter", "languages": {"en": {"subject": "Hi", "blocks": [{"type": "text", "markdown": "Hi."}]}}}'


@dataclass(frozen=True)
class Reader:
    """Somebody of whom every feature holds something."""

    recipient_id: int
    uid: str
    index: bytes
    sealed: frozenset[bytes]


def make_reader(city: City, address: str = ADDRESS) -> int:
    with db.writing():
        recipient = find_or_create_recipient(
            city.brand.id, city.brand.uid, RecipientKind.PERSON, address, "en", FIRST, LAST
        )
        subscribe(recipient.id, [city.ids["news"], city.ids["urgent"]], Evidence("double-opt-in", "I agree"))
        leave(recipient.id, [city.ids["urgent"]], Evidence("staff", f"{FIRST} asked by phone"))
        return recipient.id


def send_letter(city: City) -> str:
    """A mailing that everybody on ``news`` got; its uid."""
    with db.writing():
        uid = mailings.create_mailing(Audience(city.brand.id, (city.ids["news"],)), parse_content_file(CONTENT)).uid
    with db.writing():
        mailings.send_mailing(session.scalars(select(Mailing).where(Mailing.uid == uid)).one())
    launch_due(clock.now())
    drain(FakeTransport())
    return uid


def answer_questions(city: City, recipient_id: int, settings: Settings) -> frozenset[bytes]:
    """A sealed text, a plain number and a file; what the file holds on disk."""
    owner = own_fields(city.brand.id)
    file = files.store(settings.answers_dir, "file", f"{LAST}.pdf", b"%PDF-1.7 letter")
    with db.writing():
        kinds = {"street": QuestionKind.SHORT_TEXT, "age": QuestionKind.NUMBER, "letter": QuestionKind.FILE}
        ids = {
            slug: create_question(city.brand.id, owner, slug, kind, QuestionFacts(labels={"en": slug})).id
            for slug, kind in kinds.items()
        }
        answer(recipient_id, {ids["street"]: f"{LAST} street", ids["age"]: AGE, ids["letter"]: file})
    return frozenset({(settings.answers_dir / file.stored).read_bytes()})


@pytest.fixture
def reader(city: City, settings: Settings) -> Reader:
    """With consents, a mailing, a bounce, answers, a request that waits and mails with personal values."""
    add(city, "other@reader.example.net", "news")
    recipient_id = make_reader(city)
    send_letter(city)
    on_disk = answer_questions(city, recipient_id, settings)
    with db.reading():
        theirs = select(Delivery.id).where(Delivery.recipient_id == recipient_id)
        delivery_id = session.scalars(theirs).one()
    come_back(HARD, path_of(delivery_id))
    with db.writing():
        recipient = session.get_one(Recipient, recipient_id)
        mail_fresh_link(city.brand.ref, recipient)
        requests.keep("signup", 1, recipient, "en", {"first_name": FIRST, "last_name": LAST})
    with db.reading():
        recipient = session.get_one(Recipient, recipient_id)
        facts = session.scalars(select(Delivery.facts_sealed).where(Delivery.recipient_id == recipient_id))
        answers = session.scalars(select(Answer.value_sealed).where(Answer.recipient_id == recipient_id))
        sealed = {recipient.contact_sealed, *on_disk, *(one for one in (*facts, *answers) if one)}
        return Reader(recipient_id, recipient.uid, recipient.address_index, frozenset(sealed))


def erase(city: City, reader: Reader, settings: Settings, source: str = BY_STAFF) -> None:
    with db.writing():
        begin_erasure(city.brand.id, [reader.recipient_id], source)
    finish_erasures(settings)
    tick.run(clock.now(), settings)


def traces(settings: Settings, reader: Reader) -> dict[str, list[str]]:
    """Where something of a person is found, by place."""
    words = [ADDRESS.encode(), ADDRESS.partition("@")[0].encode(), FIRST.encode(), LAST.encode()]
    needles = {**{word.decode(): word for word in words}, **{one.hex(): one for one in reader.sealed}}
    places = {"database": dump.octets(settings), "redis": dump.in_redis(settings), "files": dump.files(settings)}
    places["opened"] = "\n".join(dump.opened()).encode()
    found = {
        place: [name for name, octets in needles.items() if octets in content] for place, content in places.items()
    }
    return {place: names for place, names in found.items() if names}


def test_before_everything_is_found(city: City, reader: Reader, settings: Settings):
    """The search sees what there is, or it would prove nothing."""
    found = traces(settings, reader)
    assert set(found["opened"]) == {ADDRESS, "zubeida.qadri", FIRST, LAST}
    assert {FIRST, *(one.hex() for one in reader.sealed)} == {*found["database"], *found["files"]}
    assert ("answers", "number") in dump.columns_with(AGE)
    assert ("recipients", "address_index") in dump.columns_with(reader.index)


def test_nothing_of_them_is_left(city: City, reader: Reader, settings: Settings, caplog: pytest.LogCaptureFixture):
    """Neither in the database's files, nor in Redis, nor in logs; the hash stays, and the uid in the trail."""
    erase(city, reader, settings)
    assert traces(settings, reader) == {}
    assert dump.columns_with(AGE) == set()
    assert dump.columns_with(reader.index) == {("suppressions", "address_index"), ("consents", "person_hash")}
    assert FIRST not in caplog.text
    with db.reading():
        row = session.get_one(Recipient, reader.recipient_id)
        assert (row.uid, row.domain_index) == (reader.uid, NO_DOMAIN)
        consent_rows = session.execute(select(Consent.recipient_id, Consent.person_hash, Consent.wording)).all()
        mine = [one for one in consent_rows if one.person_hash == reader.index]
        assert {(one.recipient_id, one.wording) for one in mine} == {(None, "I agree"), (None, "")}
        subjects = session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "person.erased")).all()
        assert subjects == [f"recipient:{reader.uid}"]
        erasure = session.scalars(select(Erasure)).one()
        assert (erasure.recipient_ids, erasure.person_hash) == ([], b"")
        assert erasure.ended_at is not None


@pytest.mark.parametrize("left_out", ["delivery", "questions", "subscribers", "visitors"])
def test_the_search_sees_a_feature_that_was_left_out(
    city: City, reader: Reader, settings: Settings, monkeypatch: pytest.MonkeyPatch, left_out: str
):
    """A feature that lets go of nothing fails the test above."""
    real = feature.personal_data()
    idle: dict[str, PersonalData] = {
        **real,
        left_out: replace(real[left_out], erase=lambda _id: False, close=lambda _id, _address: None),
    }
    monkeypatch.setattr(feature, "personal_data", lambda: idle)
    erase(city, reader, settings)
    still_named = {("consents", "recipient_id"), ("subscriptions", "recipient_id")} & columns_naming(reader)
    assert traces(settings, reader) or still_named


def columns_naming(reader: Reader) -> set[tuple[str, str]]:
    return {(t, c) for t, c, value in dump.cells() if c == "recipient_id" and value == reader.recipient_id}


def test_only_the_ledger_still_counts_them(city: City, reader: Reader, settings: Settings):
    """Rows that count copies and bounces stay, and lead to nobody."""
    erase(city, reader, settings)
    assert columns_naming(reader) == {("deliveries", "recipient_id"), ("returns", "recipient_id")}


def test_counts_stay(city: City, reader: Reader, settings: Settings):
    """The groups of a mailing are what they were."""

    def shown() -> dict[str, str | int]:
        with db.reading():
            return progress_of(session.scalars(select(Mailing)).one()).to_json()

    before = shown()
    erase(city, reader, settings)
    assert shown() == before


def test_a_mail_that_waits_does_not_go_out(city: City, settings: Settings):
    """Its row ends with the first commit, before anything else of the person is erased."""
    recipient_id = make_reader(city)
    with db.writing():
        mail_fresh_link(city.brand.ref, session.get_one(Recipient, recipient_id))
    with db.writing():
        begin_erasure(city.brand.id, [recipient_id], BY_STAFF)
    transport = FakeTransport()
    drain(transport, "transactional")
    assert transport.sent == []
    with db.reading():
        row = session.scalars(select(Delivery)).one()
        assert (row.state, row.reason) == (DeliveryState.REVOKED, "erased")


def test_a_launch_finds_nobody_after_the_first_commit(city: City, settings: Settings):
    """Although the rest of the erasure has not run yet."""
    add(city, "other@reader.example.net", "news")
    recipient_id = make_reader(city)
    with db.writing():
        begin_erasure(city.brand.id, [recipient_id], BY_STAFF)
    send_letter(city)
    with db.reading():
        assert recipient_id not in set(session.scalars(select(Delivery.recipient_id)))


def test_an_import_does_not_bring_back_whom_it_may_not(city: City, reader: Reader, settings: Settings, bring):
    """The hash of a bounced address refuses it, however it is spelled."""
    erase(city, reader, settings)
    assert bring(f"email\n{ADDRESS.upper()}\n")["suppressed"] == 1


def test_an_import_does_not_bring_back_who_erased_themselves(city: City, settings: Settings, bring):
    """They asked for it; who was erased by staff without ever having left may be imported again."""
    ids = {address: add(city, address, "news") for address in ("self@example.net", "staff@example.net")}
    for address, source in (("self@example.net", BY_THEMSELVES), ("staff@example.net", BY_STAFF)):
        with db.writing():
            begin_erasure(city.brand.id, [ids[address]], source)
    finish_erasures(settings)
    report = bring("email\nself@example.net\nstaff@example.net\n")
    assert (report["suppressed"], report["created"]) == (1, 1)


def test_a_second_sign_up_works(city: City, reader: Reader, settings: Settings):
    """As somebody new: nothing leads back to who they were."""
    erase(city, reader, settings)
    again = add(city, ADDRESS, "news")
    assert again != reader.recipient_id
    with db.reading():
        assert lists_of(again) == [city.ids["news"]]
        found = find_person(city.brand.ref, ADDRESS)
        assert found is not None
        assert found.recipient_ids == (again,)


def test_killed_in_the_middle_it_goes_on(
    city: City, reader: Reader, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    """Each step is a commit of its own; what was done is not done twice."""
    monkeypatch.setattr(consents, "STEP", 1)
    real, steps = feature.personal_data(), []

    def dies_at_the_second(recipient_id: int) -> bool:
        steps.append(recipient_id)
        if len(steps) == 2:
            raise KeyboardInterrupt
        return real["subscribers"].erase(recipient_id)

    dying = {**real, "subscribers": replace(real["subscribers"], erase=dies_at_the_second)}
    monkeypatch.setattr(feature, "personal_data", lambda: dying)
    with db.writing():
        begin_erasure(city.brand.id, [reader.recipient_id], BY_STAFF)
    with pytest.raises(KeyboardInterrupt):
        finish_erasures(settings)
    with db.reading():
        erasure = session.scalars(select(Erasure)).one()
        assert (erasure.ended_at, "subscribers" in erasure.done, "mailings" in erasure.done) == (None, False, False)
        left = session.scalar(select(func.count()).where(Consent.recipient_id == reader.recipient_id))
        assert left == 2
    tick.run(clock.now(), settings)
    tick.run(clock.now() + timedelta(seconds=5), settings)  # the file of an answer goes after the answer's commit
    assert traces(settings, reader) == {}
    assert len(steps) == 5  # one, the one that died, and one a row with the last that finds nothing


def test_a_restored_copy_erases_them_again(city: City, reader: Reader, settings: Settings):
    """The list of hashes is outside the database; whoever signed up afterwards stays."""
    older = dump.copy()
    erase(city, reader, settings)
    listed = settings.keys_dir / erased_list.NAME
    assert listed.stat().st_mode & 0o777 == 0o600
    assert ADDRESS not in listed.read_text()
    dump.restore(older)
    assert traces(settings, reader) != {}
    db.disconnect()
    bootstrap.prepare(settings)
    finish_erasures(settings)
    assert traces(settings, reader) == {}
    again = add(city, ADDRESS, "news")
    bootstrap.prepare(settings)
    with db.reading():
        assert session.get_one(Recipient, again).erased_at is None


def test_a_restored_copy_refuses_who_asked_for_it(city: City, settings: Settings):
    """Also where the copy is from before they withdrew."""
    recipient_id = add(city, ADDRESS, "news")
    older = dump.copy()
    with db.writing():
        begin_erasure(city.brand.id, [recipient_id], BY_THEMSELVES)
    finish_erasures(settings)
    dump.restore(older)
    assert erasing.begin_again(settings) == 1
    with db.reading():
        assert session.scalars(select(Suppression.source)).all() == [erasing.SOURCE]


def test_a_line_that_was_cut_off_is_written_again(settings: Settings):
    """A full disk may leave half a line: it names nobody, and keeps nobody else from being read."""
    person = erased_list.ErasedPerson("a" * 26, os.urandom(16), clock.now(), "withdrawal")
    erased_list.add_to_list(settings, person)
    with (settings.keys_dir / erased_list.NAME).open("a") as file:
        file.write("a" * 26 + " 00ff")
    other = replace(person, person_hash=os.urandom(16), refused="")
    erased_list.add_to_list(settings, other)
    erased_list.add_to_list(settings, other)
    assert erased_list.listed(settings) == [person, other]


def test_a_leaving_that_was_counted_goes_on_being_counted(city: City, settings: Settings):
    """The report tells how many unsubscribed after a mailing, at every moment of the erasure of one of them."""
    people = [add(city, f"reader{number}@example.net", "news") for number in range(10)]
    uid = send_letter(city)
    with db.writing():
        for person in people[:3]:
            leave(person, [city.ids["news"]], Evidence("one-click"))

    def left() -> int | None:
        with db.reading():
            return mailing_report(session.scalars(select(Mailing).where(Mailing.uid == uid)).one()).left

    assert left() == 3
    with db.writing():
        begin_erasure(city.brand.id, [people[0]], BY_STAFF)
        begin_erasure(city.brand.id, [people[9]], BY_STAFF)
    assert left() == 3
    finish_erasures(settings)
    assert left() == 3
