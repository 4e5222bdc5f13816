"""One person is one recipient, and a basis is more than a list.

Recipients of the kinds subscriber and guest become persons; two rows of one mailbox become one. Messages get the acts
that end them, deliveries the kind of their basis. Large tables only get columns that need no rewriting.
"""

import sqlalchemy as sa
from alembic import op

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
