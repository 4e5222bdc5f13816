"""One person is one recipient, and what events need of the ledger.

Recipients of the kinds subscriber and guest become persons; two rows of one mailbox become one. Messages get holds,
the acts that end them and the live sources they were made of; deliveries the kind of their basis and a calendar key;
links the content they stand in. Large tables only get columns that need no rewriting.
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db
from mobilize.core.db import BigId

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What is kept of two rows of one message to one mailbox: the one that went furthest.
_FURTHEST = (
    "accepted",
    "attempting",
    "unknown",
    "failed",
    "deferred",
    "claimed",
    "pending",
    "suppressed",
    "revoked",
)


def upgrade() -> None:
    _one_row_a_mailbox(op.get_bind())
    _deliveries()
    _messages()
    _holds()
    _live_sources()
    op.add_column("links", sa.Column("content_id", BigId, nullable=True))


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, ("id", "recipient_id", *columns)))


_RECIPIENTS = sa.table("recipients", *map(sa.column, ("id", "uid", "organisation_id", "address_index", "kind")))
_DELIVERIES = _table("deliveries", "message_id", "state")
_RETURNS = _table("returns", "delivery_id")
_MESSAGES = sa.table("messages", *map(sa.column, ("id", "anchor", "prepared", "audience")))
_MAILINGS = sa.table("mailings", *map(sa.column, ("message_id", "audience")))

# Tables in which a person may stand once, or once for each value of another column.
_ONCE = (
    (_table("subscribers"), None),
    (_table("subscriptions", "list_id"), "list_id"),
)
_OFTEN = (_table("consents"), _table("visitor_requests"), _DELIVERIES, _RETURNS)


def _one_row_a_mailbox(connection: sa.Connection) -> None:
    lost, kept = _RECIPIENTS.alias("lost"), _RECIPIENTS.alias("kept")
    same = (lost.c.organisation_id == kept.c.organisation_id) & (lost.c.address_index == kept.c.address_index)
    pairs = (
        sa.select(lost.c.id, lost.c.uid, kept.c.id, kept.c.uid)
        .join_from(lost, kept, same)
        .where(lost.c.kind == "guest", kept.c.kind == "subscriber")
        .order_by(lost.c.id)
    )
    for lost_id, lost_uid, kept_id, kept_uid in connection.execute(pairs).all():
        _merge(connection, lost_id, kept_id)
        anchored = _MESSAGES.update().where(_MESSAGES.c.anchor == f"recipient:{lost_uid}")
        connection.execute(anchored.values(anchor=f"recipient:{kept_uid}"))
        connection.execute(_RECIPIENTS.delete().where(_RECIPIENTS.c.id == lost_id))
    persons = _RECIPIENTS.update().where(_RECIPIENTS.c.kind.in_(("subscriber", "guest")))
    connection.execute(persons.values(kind="person"))


def _merge(connection: sa.Connection, lost: int, kept: int) -> None:
    """Everything that points to the lost row points to the kept one; of two that may not both, the kept one's stays."""
    _merge_deliveries(connection, lost, kept)
    for table, column in _ONCE:
        other = table.alias("other")
        same = sa.true() if column is None else other.c[column] == table.c[column]
        theirs = sa.select(other.c.id).where(other.c.recipient_id == kept, same)
        connection.execute(table.delete().where(table.c.recipient_id == lost, theirs.exists()))
    for table in (*(once for once, _column in _ONCE), *_OFTEN):
        connection.execute(table.update().where(table.c.recipient_id == lost).values(recipient_id=kept))


def _merge_deliveries(connection: sa.Connection, lost: int, kept: int) -> None:
    """One row a message: ``UNIQUE(message_id, recipient_id)``. The message has one person less."""
    one, other = _DELIVERIES.alias("one"), _DELIVERIES.alias("other")
    both = (
        sa.select(one.c.message_id, one.c.id, one.c.state, other.c.id, other.c.state)
        .join_from(one, other, one.c.message_id == other.c.message_id)
        .where(one.c.recipient_id == kept, other.c.recipient_id == lost)
    )
    for message_id, one_id, one_state, other_id, other_state in connection.execute(both).all():
        worse = other_id if _FURTHEST.index(one_state) <= _FURTHEST.index(other_state) else one_id
        connection.execute(_RETURNS.delete().where(_RETURNS.c.delivery_id == worse))
        connection.execute(_DELIVERIES.delete().where(_DELIVERIES.c.id == worse))
        fewer = {"prepared": _MESSAGES.c.prepared - 1, "audience": _MESSAGES.c.audience - 1}
        connection.execute(_MESSAGES.update().where(_MESSAGES.c.id == message_id).values(fewer))
        of_mailing = _MAILINGS.update().where(_MAILINGS.c.message_id == message_id)
        connection.execute(of_mailing.values(audience=_MAILINGS.c.audience - 1))


def _deliveries() -> None:
    # Every basis was a list; where there is none, its kind says nothing.
    op.add_column("deliveries", sa.Column("basis_kind", sa.String(20), nullable=False, server_default="list"))
    op.add_column("deliveries", sa.Column("calendar_key", sa.String(80), nullable=True))
    op.create_index(
        "ix_deliveries_calendar",
        "deliveries",
        ["recipient_id", "calendar_key", "id"],
        postgresql_where=sa.text("calendar_key IS NOT NULL"),
        sqlite_where=sa.text("calendar_key IS NOT NULL"),
    )


def _messages() -> None:
    op.execute("ALTER TABLE messages RENAME COLUMN list_bases TO bases")
    connection = op.get_bind()
    messages = sa.table("messages", sa.column("id"), sa.column("bases", sa.JSON))
    with_lists = sa.cast(messages.c.bases, sa.Text) != "[]"
    for row in connection.execute(sa.select(messages).where(with_lists)).all():
        bases = [["list", list_id] for list_id in row.bases]
        connection.execute(messages.update().where(messages.c.id == row.id).values(bases=bases))
    op.add_column("messages", sa.Column("ended_by", sa.String(80), nullable=True))
    op.create_index(
        "ix_messages_ended_by",
        "messages",
        ["ended_by"],
        postgresql_where=sa.text("ended_by IS NOT NULL"),
        sqlite_where=sa.text("ended_by IS NOT NULL"),
    )


def _holds() -> None:
    op.create_table(
        "message_holds",
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("since", db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_holds_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_holds")),
        sa.UniqueConstraint("message_id", "cause", name=op.f("uq_message_holds_message_id_cause")),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO message_holds (message_id, cause, reason, since) "
        "SELECT id, CASE state WHEN 'halted' THEN 'refusal' ELSE 'staff' END, state_reason, created_at "
        "FROM messages WHERE state IN ('paused', 'halted')"
    )


def _live_sources() -> None:
    op.create_table(
        "live_sources",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_sources")),
        sa.UniqueConstraint("name", name=op.f("uq_live_sources_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "message_sources",
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_sources_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_sources")),
        sa.UniqueConstraint("message_id", "name", name=op.f("uq_message_sources_message_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_message_sources_name"), "message_sources", ["name"])
    op.create_table(
        "content_changes",
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("old_content_id", BigId, nullable=False),
        sa.Column("new_content_id", BigId, nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_content_changes_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_changes")),
        sa.UniqueConstraint("message_id", "old_content_id", name=op.f("uq_content_changes_message_id_old_content_id")),
        sqlite_autoincrement=True,
    )
