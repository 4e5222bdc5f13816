"""A database of the first version, full of rows, is upgraded and works; the links in its mails still open."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from mobilize import bootstrap, migrations, tick
from mobilize.accounts.models import Membership, User
from mobilize.accounts.tick_steps import send_requested_mails
from mobilize.audiences.audience import Audience
from mobilize.cli.bounces import OTHERS
from mobilize.core import clock, db, startup
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.core.tokens import mint
from mobilize.delivery.bounces.mailboxes import take
from mobilize.delivery.composing.sources import Source
from mobilize.delivery.contents import store_contents
from mobilize.delivery.models import Content, Delivery, HoldCause, Link, RecipientKind, Stream, Suppression
from mobilize.delivery.purposes import LINK
from mobilize.delivery.recipients import find_recipient
from mobilize.delivery.variants import Variant
from mobilize.mailings.models import Mailing
from mobilize.mailings.progress import progress_of
from mobilize.mailings.queries import holds_on, state_of
from mobilize.mailings.service import resume
from mobilize.organisations.queries import brand, default_sender
from mobilize.people.erasing import BY_STAFF, begin_erasure, finish_erasures
from mobilize.questions.answering import answer, erase_answers
from mobilize.questions.models import QuestionKind
from mobilize.questions.queries import answers_held
from mobilize.questions.rules import own_fields
from mobilize.questions.service import QuestionFacts, create_question
from mobilize.signup.models import SignupForm
from mobilize.subscribers.models import Consent, Subscriber, Subscription
from mobilize.subscribers.queries import lists_of
from tests.delivery.engine_world import FakeTransport, drain
from tests.delivery.returned_mail import HARD, mail
from tests.signup.visiting import press
from tests.upgrade.conftest import Older
from tests.upgrade.loading import stored_rows

FIRST = Path(migrations.__file__).parent / "versions" / "0001_first_tables.py"
SHARED = "sarah@example.org"
EMPTY = b"From: reader@example.org\r\nSubject: unsubscribe\r\n\r\n\r\n"
KEPT = (AuditEntry, Consent, Mailing, Membership, Subscriber, Subscription, Suppression, User)


def mailings() -> dict[str, Mailing]:
    return {row.name: row for row in session.scalars(select(Mailing))}


def subscribed(recipient_id: int) -> set[int]:
    with db.reading():
        return set(lists_of(recipient_id))


def test_the_first_revision_is_as_it_was():
    """Installations stand on it: a change of the tables is a new file, never an edit of this one."""
    assert hashlib.sha256(FIRST.read_bytes()).hexdigest() == (
        "c76c8258cc5a70eaaa80ce0516b8a094136f9dddf965eaeda36c41697aba85a6"
    )


def test_upgrading_twice_is_once(upgraded: Settings):
    """The second start finds nothing to do."""
    revision = migrations.current_revision()
    db.disconnect()
    bootstrap.prepare(upgraded)
    assert migrations.current_revision() == revision != "0001"


def test_no_row_about_people_is_lost(upgraded: Settings):
    """Consents, subscriptions, what is held back, colleagues and the trail are all there."""
    stored = Counter(table for table, _row in stored_rows())
    stored["audit_entries"] += 1  # the upgrade made the signing key of the installation's own sender
    with db.reading():
        found = {model.__tablename__: session.scalar(select(func.count()).select_from(model)) for model in KEPT}
    assert found == {name: stored[name] for name in found}


def test_every_copy_is_still_accounted_for(upgraded: Settings):
    """Each mailing shows the numbers that it showed before."""
    with db.reading():
        shown = {name: progress_of(row).to_json() for name, row in mailings().items()}
    assert {name: (one["state"], one["audience"]) for name, one in shown.items()} == {
        "Sent": ("finished", 10),
        "Half-way": ("sending", 9),
        "Paused": ("paused", 3),
        "Cancelled": ("cancelled", 9),
        "Scheduled": ("scheduled", 9),
        "Draft": ("draft", 0),
    }
    sent = {name: shown["Sent"][name] for name in ("accepted", "failed", "unknown")}
    assert sent == {"accepted": 8, "failed": 1, "unknown": 1}
    assert (shown["Half-way"]["accepted"], shown["Half-way"]["deferred"], shown["Half-way"]["suppressed"]) == (2, 1, 3)


def test_what_waited_leaves_once(upgraded: Settings, older: Older):
    """Mail that was in the ledger before the upgrade goes out after it, to whoever still waits and to nobody else."""
    send_requested_mails(clock.now(), upgraded)
    transport = FakeTransport()
    drain(transport, Stream.TRANSACTIONAL)
    assert Counter(transport.readers) == {SHARED: 3}
    with time_machine.travel(clock.now() + timedelta(days=1)):
        bulk = FakeTransport()
        drain(bulk)
    assert len(bulk.sent) == len(set(bulk.readers)) == 4
    assert not {"fatima@example.org", "gerrit@example.org", "hanna@example.org", "dina@example.org"} & set(bulk.readers)
    with db.reading():
        assert progress_of(mailings()["Half-way"]).to_json()["accepted"] == 6


def test_what_was_paused_or_halted_is_still_held(settings: Settings):
    """A pause becomes a hold of the staff, since the press that the trail keeps; a halt one for the server's words."""
    with db.connect(settings.database_url).execution_options(mobilize_writes=True).begin() as connection:
        halted = "UPDATE messages SET state = 'halted', state_reason = '550 no' WHERE anchor ="
        connection.execute(text(f"{halted} (SELECT 'mailing:' || uid FROM mailings WHERE name = 'Half-way')"))
    bootstrap.prepare(settings)
    startup.connect(settings)
    with db.writing():
        paused, refused = mailings()["Paused"], mailings()["Half-way"]
        (one,) = holds_on(paused)
        pressed = session.scalars(select(AuditEntry.at).where(AuditEntry.action == "mailing.paused")).one()
        assert (one.cause, one.since) == (HoldCause.STAFF, pressed)
        (other,) = holds_on(refused)
        assert (other.cause, other.reason) == (HoldCause.REFUSAL, "550 no")
        assert resume(paused) == resume(refused) == frozenset()
        assert [state_of(row) for row in (paused, refused)] == ["sending", "sending"]


def test_contents_say_whether_they_go_to_a_list(upgraded: Settings):
    """Newsletters and the test of one do; each is still found by the digest of what it holds."""
    with db.writing():
        contents = session.scalars(select(Content)).all()
        sources = [Source.from_json(one.source) for one in contents]
        assert {one.template for one in sources if one.to_list} == {"mailings/newsletter"}
        assert all(one.to_list or not one.template.startswith("mailings/") for one in sources)
        kept = [store_contents(one.organisation_id, [source]) for one, source in zip(contents, sources, strict=True)]
        assert kept == [[one.id] for one in contents]


def test_links_stay_with_their_messages(upgraded: Settings):
    """No row is lost; what is rendered after the upgrade leads to the rows that earlier copies lead to."""
    stored = [row for table, row in stored_rows() if table == "links"]
    with db.reading():
        rows = session.execute(select(Link.id, Link.message_id, Link.url, Link.clicks, Link.content_id)).all()
    assert sorted(rows) == [(row["id"], row["message_id"], row["url"], row["clicks"], None) for row in stored]
    with time_machine.travel(clock.now() + timedelta(days=1)):
        bulk = FakeTransport()
        drain(bulk)
    texts = b"\n".join(one.message.replace(b"=\r\n", b"") for one in bulk.sent).decode()
    found = set(re.findall(r"(/l/[A-Za-z0-9_-]{20,})", texts))
    assert found
    assert found <= {f"/l/{mint(LINK, row['id'])}" for row in stored}


def test_no_row_of_before_carries_a_calendar_entry(upgraded: Settings, older: Older):
    """Nothing that waited is taken for a mail about an entry, so none ends another; nor for a letter to a target."""
    with db.reading():
        keys = {tuple(row) for row in session.execute(select(Delivery.calendar_key, Delivery.return_key))}
    assert keys == {(None, None)}


def test_a_waiting_link_opens(upgraded: Settings, client: FlaskClient):
    """Mail rendered now, of facts sealed then, leads to the pages it is about."""
    send_requested_mails(clock.now(), upgraded)
    transport = FakeTransport()
    drain(transport, Stream.TRANSACTIONAL)
    texts = b"\n".join(one.message.replace(b"=\r\n", b"") for one in transport.sent).decode()
    paths = set(re.findall(r"(/(?:p|studio/reset)/[A-Za-z0-9_-]{20,})", texts))
    assert {path.rpartition("/")[0] for path in paths} == {"/p", "/studio/reset"}
    assert {client.get(path).status_code for path in paths} == {200}


def test_old_links_open(client: FlaskClient, older: Older):
    """Every link of every mail: unsubscribe, preferences, confirm, invitation, reset, and the links of the text."""
    opened = {one["path"]: client.get(one["path"]).status_code for one in older.links if "path" in one}
    assert {path: status for path, status in opened.items() if status != (302 if path.startswith("/l/") else 200)} == {}
    assert {path.rpartition("/")[0] for path in opened} == {
        "/c",
        "/l",
        "/p",
        "/u",
        "/studio/invitation",
        "/studio/reset",
    }


def test_an_old_unsubscribe_link_leaves_its_list_for_ever(client: FlaskClient, older: Older):
    """Also years later, by the button of a mail program (RFC 8058): this list and no other."""
    person = older.people["amina@example.org"]
    before = subscribed(person)
    with time_machine.travel(clock.now() + timedelta(days=3650)):
        answer = client.post(older.paths("/u/", "amina@example.org")[0], data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert before - subscribed(person) == {older.lists["newsletter"]}


def test_an_old_address_for_leaving_by_mail_leaves(upgraded: Settings, older: Older):
    """An empty mail to the address that stood in the mail's header."""
    person = older.people["bram@example.org"]
    before = subscribed(person)
    take(older.addresses("leave", "bram@example.org")[:1], EMPTY, OTHERS)
    assert before - subscribed(person) == {older.lists["newsletter"]}


def test_an_old_confirmation_link_confirms(client: FlaskClient, older: Older):
    """Somebody signed up before the upgrade and confirms after it."""
    (path,) = older.paths("/c/", "waiting@example.org")
    assert press(client, path).status_code == 303
    assert subscribed(older.people["waiting@example.org"]) == {older.lists["newsletter"]}


def test_an_old_return_path_takes_a_bounce(upgraded: Settings, older: Older):
    """A mail sent before the upgrade comes back after it: its address is held back."""
    with db.reading():
        before = session.scalar(select(func.count(Suppression.id))) or 0
    take(older.addresses("return_path", "carla@example.org")[:1], mail(HARD), OTHERS)
    with db.reading():
        assert session.scalar(select(func.count(Suppression.id))) == before + 1


def test_mailings_keep_their_audience_and_what_was_frozen(upgraded: Settings):
    """The lists that were chosen, and the content of each language."""
    stored = {row["name"]: row for table, row in stored_rows() if table == "mailings"}
    with db.reading():
        for name, row in mailings().items():
            assert row.to_whom == Audience(row.organisation_id, tuple(stored[name]["list_ids"]))
            assert {variant.language: content for variant, content in row.frozen.items()} == stored[name]["frozen"]
            assert all(variant == Variant(variant.language) for variant in row.frozen)


@pytest.mark.parametrize("name", ["Scheduled", "Draft"])
def test_mailings_that_had_not_begun_are_launched(upgraded: Settings, older: Older, name: str):
    """Its content was written before; a mailbox that was stored under several kinds gets one copy."""
    with db.writing():
        row = mailings()[name]
        row.to_whom = Audience(row.organisation_id, (older.lists["newsletter"],))
        row.state, row.send_at = "scheduled", clock.now()
    tick.run(clock.now(), upgraded)
    transport = FakeTransport()
    drain(transport)
    with db.reading():
        rows = select(Delivery.id).where(Delivery.message_id == mailings()[name].message_id)
        copies = set(session.scalars(rows))
    readers = Counter(one.recipient for one in transport.sent if one.key in copies)
    assert readers[SHARED] == 1
    assert max(readers.values()) == 1


def test_one_mailbox_is_a_subscriber_and_a_colleague(upgraded: Settings, older: Older):
    """Both are found by the address under their own kinds."""
    with db.reading():
        house = brand(older.organisation)
        user = find_recipient(house.id, house.uid, RecipientKind.USER, SHARED)
        assert user is not None
        assert user.id != older.people[SHARED]
    assert subscribed(older.people[SHARED]) >= {older.lists["newsletter"]}


def test_an_older_form_asks_no_fields(upgraded: Settings, client: FlaskClient, older: Older):
    """Until somebody chooses them."""
    with db.reading():
        forms = session.scalars(select(SignupForm)).all()
        assert {tuple(row.question_ids) for row in forms} == {()}


def test_people_of_an_older_database_answer_questions(upgraded: Settings, older: Older):
    """The new tables stand beside the old rows, and what is held of a person is found and erased."""
    person, house = older.people["amina@example.org"], older.organisation
    facts = QuestionFacts({"en": "Country"})
    with db.writing():
        question = create_question(house, own_fields(house), "country", QuestionKind.COUNTRY, facts)
        answer(person, {question.id: "BE"})
    with db.reading():
        assert [one.value for one in answers_held([person])] == ["BE"]
    with db.writing():
        assert not erase_answers(person)
    with db.reading():
        assert answers_held([person]) == []


def test_names_are_those_of_the_default_language(upgraded: Settings, older: Older):
    """And stand in for those of the others, until somebody writes them; a mailing has its organisation's sender."""
    with db.reading():
        house, sender = brand(older.organisation), default_sender(older.organisation)
        assert (house.names, house.postal_addresses) == ({"en": "City of peace"}, {})
        assert (house.name_in("nl"), sender.names) == ("City of peace", {"en": "City of peace"})
        assert {
            name: row.sender_name for name, row in mailings().items() if row.organisation_id == house.id
        } == dict.fromkeys(mailings(), "")


def test_somebody_of_before_is_erased(upgraded: Settings, older: Older):
    """What an earlier version wrote about them goes as what this one writes."""
    person = older.people["carla@example.org"]
    with db.writing():
        begin_erasure(older.organisation, [person], BY_STAFF)
    assert finish_erasures(upgraded) == 1
    with db.reading():
        house = brand(older.organisation)
        assert find_recipient(house.id, house.uid, RecipientKind.PERSON, "carla@example.org") is None
        assert session.scalars(select(Consent.id).where(Consent.recipient_id == person)).all() == []
    assert subscribed(person) == set()
