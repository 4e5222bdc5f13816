"""One person is one recipient: rows of one mailbox in two kinds become one, and nobody is forgotten who is held."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import JSON, MetaData, Table, create_engine, insert, select

from mobilize import migrations
from mobilize.core import clock, db
from mobilize.core.db import new_uid, session
from mobilize.core.settings import Settings
from mobilize.delivery.forgetting import forget_recipients
from mobilize.delivery.models import Delivery, Message, Recipient
from mobilize.delivery.queries import groups
from mobilize.signup.asking import AskedFor, Submission
from mobilize.signup.models import SignupForm
from mobilize.signup.queries import newest_wording
from mobilize.signup.service import FormFacts, ask, create_form, forget_expired
from mobilize.subscribers.models import Subscriber
from tests.conftest import create_database, drop_database
from tests.delivery.engine_world import World, make_world

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INDEX, OTHER = b"i" * 16, b"o" * 16


class Older:
    """A database as revision 0001 left it; ``add`` writes a row with what the table asks for."""

    def __init__(self, url: str) -> None:
        self.url = url
        db.connect(url)
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        with db.engine().execution_options(mobilize_writes=True).connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            connection.commit()
        engine = create_engine(url)
        self._tables = MetaData()
        self._tables.reflect(engine)
        engine.dispose()

    def add(self, name: str, **values: Any) -> int:
        table = self._tables.tables[name]
        given = {**{column.name: _filler(column) for column in table.columns if _must(column)}, **values}
        with db.engine().execution_options(mobilize_writes=True).begin() as connection:
            return int(connection.execute(insert(table).values(given)).inserted_primary_key[0])

    def recipient(self, kind: str, index: bytes = INDEX) -> int:
        return self.add("recipients", kind=kind, address_index=index, organisation_id=1)

    def message(self, audience: int = 2, **values: Any) -> int:
        values = {"state": "sending", "stream": "bulk", "list_bases": [], **values}
        return self.add("messages", prepared=audience, audience=audience, organisation_id=1, **values)

    def row(self, message_id: int, recipient_id: int, state: str) -> int:
        return self.add("deliveries", message_id=message_id, recipient_id=recipient_id, state=state, stream="bulk")


def _must(column: Any) -> bool:
    return not column.nullable and not column.primary_key and column.server_default is None


def _filler(column: Any) -> Any:
    if column.name == "uid":
        return new_uid()
    if isinstance(column.type, JSON) or str(column.type) == "JSON":
        return {}
    kind = column.type.python_type
    return {str: "x", bytes: b"x" * 16, int: 1, bool: False, datetime: NOW.replace(tzinfo=None), float: 1.0}[kind]


@pytest.fixture
def older(request: pytest.FixtureRequest, installation: Settings, tmp_path: Path) -> Iterator[Older]:
    if request.config.getoption("--database") == "postgresql":
        server, name = request.getfixturevalue("postgresql_server"), f"older_{os.urandom(6).hex()}"
        found = Older(create_database(server, name))
    else:
        server, name = "", ""
        found = Older(f"sqlite:///{tmp_path / 'older.db'}")
    found.add("organisations", slug="one", accent="#000000")
    yield found
    db.disconnect()
    if server:
        drop_database(server, name)


def rows(model: Any) -> list[Any]:
    with db.reading():
        return list(session.execute(select(model.__table__).order_by(model.id)))


def test_a_guest_who_is_a_subscriber_becomes_one_person(older: Older):
    """The subscriber's row stays: its id stands in mailed links. Other guests and users stay who they are."""
    guest, kept = older.recipient("guest"), older.recipient("subscriber")
    lonely, user = older.recipient("guest", OTHER), older.recipient("user")
    trial, mailing = older.message(1), older.message(1)
    older.row(trial, guest, "accepted")
    older.row(mailing, kept, "pending")
    older.add("consents", recipient_id=guest, organisation_id=1, list_id=None, action="given", method="import")
    migrations.upgrade()
    assert {row.id: row.kind.value for row in rows(Recipient)} == {kept: "person", lonely: "person", user: "user"}
    assert [(row.message_id, row.recipient_id) for row in rows(Delivery)] == [(trial, kept), (mailing, kept)]
    with db.reading():
        consents = session.scalars(select(Table("consents", MetaData(), autoload_with=session.connection()).c[1]))
        assert len(list(consents)) == 1


@pytest.mark.parametrize(("guests", "subscribers"), [("accepted", "pending"), ("pending", "accepted")])
def test_of_two_rows_of_one_message_the_one_that_left_stays(older: Older, guests: str, subscribers: str):
    """They get no second copy, and the message still sums up."""
    guest, kept = older.recipient("guest"), older.recipient("subscriber")
    message = older.message()
    older.row(message, guest, guests)
    older.row(message, kept, subscribers)
    migrations.upgrade()
    assert [(row.recipient_id, row.state.value) for row in rows(Delivery)] == [(kept, "accepted")]
    with db.reading():
        found = groups(message)
    assert (found.total, found.prepared, found.audience) == (1, 1, 1)


def test_a_subscriber_twice_on_one_list_is_there_once(older: Older):
    guest, kept = older.recipient("guest"), older.recipient("subscriber")
    news, other = (older.add("lists", organisation_id=1, slug=slug) for slug in ("news", "other"))
    for recipient, list_id in ((guest, news), (guest, other), (kept, news)):
        older.add("subscriptions", recipient_id=recipient, list_id=list_id, state="subscribed")
    for recipient in (guest, kept):
        older.add("subscribers", recipient_id=recipient, organisation_id=1)
    migrations.upgrade()
    with db.reading():
        found = session.execute(select(Subscriber.recipient_id)).all()
    assert found == [(kept,)]


def test_lists_of_older_messages_are_read_as_bases(older: Older):
    """Every basis was a list; a message that goes to no list has none."""
    older.message(list_bases=[3, 4])
    older.message()
    migrations.upgrade()
    assert [row.bases for row in rows(Message)] == [[["list", 3], ["list", 4]], []]


@pytest.fixture
def world(installation: Settings) -> World:
    return make_world(people=1)


def form(world: World) -> SignupForm:
    return create_form(world.organisation.id, "join", FormFacts({"en": "I agree"}, world.lists))


def asked(world: World, address: str) -> None:
    """Somebody typed an address and never confirmed it."""
    made = form(world)
    asked_for = AskedFor("", "", world.lists, newest_wording(made.id).id)
    ask(made, world.organisation, Submission(address, "en", asked_for))


def test_a_sign_up_that_expires_forgets_only_whom_nothing_holds(world: World):
    """Here a mailing of the ledger and a subscription hold one of two; their mails stay, the other's go."""
    message = world.launch()
    with db.writing():
        asked(world, "stranger@example.net")
        stranger = session.scalars(select(Recipient.id).order_by(Recipient.id.desc()).limit(1)).one()
    with db.writing():
        assert forget_expired(clock.now() + (NOW.replace(year=2027) - NOW)) == 1
        assert forget_recipients(world.people) == []
        assert session.get(Recipient, stranger) is None
        assert groups(message).total == 1
        assert session.scalars(select(Delivery.message_id)).all() == [message]
