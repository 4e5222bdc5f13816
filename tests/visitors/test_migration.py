"""Sign-ups that waited before there was one table of requests: their links go on working."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, Table

from mobilize import migrations
from mobilize.core import crypto, db
from mobilize.core.db import session
from mobilize.signup.asking import AskedFor, asked_for
from mobilize.visitors.models import VisitorRequest

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@contextmanager
def writing() -> Iterator[Connection]:
    with db.engine().execution_options(mobilize_writes=True).connect() as connection:
        yield connection
        connection.commit()


@pytest.fixture
def first_tables(installation) -> None:
    """An empty database as revision 0001 made it."""
    with writing() as connection:
        everything = MetaData()
        everything.reflect(connection)
        everything.drop_all(connection)
    upgrade("0001")


def upgrade(revision: str) -> None:
    config = migrations._config()
    with writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def insert(connection: Connection, table: str, /, **values: Any) -> None:
    if connection.dialect.name == "sqlite":
        values = {key: at.replace(tzinfo=None) if isinstance(at, datetime) else at for key, at in values.items()}
    connection.execute(Table(table, MetaData(), autoload_with=connection).insert().values(**values))


def sign_up(connection: Connection, number: int, names: str | None) -> None:
    place = crypto.associated_data("signup_requests", "names_sealed", f"request-{number}")
    insert(
        connection, "signup_requests", id=number, uid=f"request-{number}", form_id=1, organisation_id=1,
        recipient_id=number, wording_id=1, list_ids=[3, 4], language="fr-BE", mails_sent=2, asked_at=NOW,
        ends_at=NOW + timedelta(days=7), names_sealed=crypto.seal(names, place) if names else None,
    )  # fmt: skip


def fill(connection: Connection) -> None:
    """An organisation with a form, and three sign-ups that wait."""
    insert(
        connection, "organisations", id=1, uid="o", slug="city", name="City", descriptions={}, default_language="en",
        languages=["en", "fr"], timezone="UTC", accent="#000000", postal_address="", website="",
        is_demonstration=False, created_at=NOW,
    )  # fmt: skip
    insert(
        connection, "signup_forms", id=1, uid="f", organisation_id=1, slug="subscribe", titles={}, introductions={},
        thanks={}, list_ids=[3, 4], asks_first_name=True, asks_last_name=False, created_at=NOW,
    )  # fmt: skip
    insert(
        connection, "consent_wordings", id=1, form_id=1, version=1, texts={"en": "Yes.", "fr": "Oui."}, created_at=NOW
    )
    for number in (7, 8, 9):
        insert(
            connection, "recipients", id=number, uid=f"person-{number}", organisation_id=1, kind="subscriber",
            contact_sealed=b"", address_index=bytes([number] * 16), domain_index=bytes(16), language="fr",
            created_at=NOW,
        )  # fmt: skip
        sign_up(connection, number, '{"first_name": "Amina", "last_name": ""}' if number == 7 else None)


def test_waiting_sign_ups_keep_their_ids_and_what_they_ask_for(first_tables: None):
    """The link in a mail names the id; names are sealed for their new place; the words are those of the language."""
    with writing() as connection:
        fill(connection)
    upgrade("head")
    with db.reading():
        rows = {row.id: row for row in session.query(VisitorRequest)}
        assert {(row.kind, row.subject_id, row.mails_sent) for row in rows.values()} == {("signup", 1, 2)}
        assert (rows[7].asked_at, rows[7].ends_at) == (NOW, NOW + timedelta(days=7))
        assert asked_for(rows[7]) == AskedFor("Amina", "", [3, 4], 1, "Oui.")
        assert asked_for(rows[8]) == AskedFor("", "", [3, 4], 1, "Oui.")


def test_an_id_of_the_old_table_is_never_given_again(first_tables: None):
    """An old link of a forgotten sign-up must not confirm a new one."""
    with writing() as connection:
        fill(connection)
        old = Table("signup_requests", MetaData(), autoload_with=connection)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT setval('signup_requests_id_seq', 9)")
        connection.execute(old.delete().where(old.c.id == 9))
    upgrade("head")
    with writing() as connection:
        new = Table("visitor_requests", MetaData(), autoload_with=connection)
        values = {"uid": "new", "organisation_id": 1, "kind": "signup", "subject_id": 1, "recipient_id": 9}
        insert(connection, "visitor_requests", **values, language="en", mails_sent=1, asked_at=NOW, ends_at=NOW)
        assert connection.scalar(new.select().where(new.c.uid == "new").with_only_columns(new.c.id)) == 10
