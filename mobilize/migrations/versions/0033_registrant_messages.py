"""Messages from the organiser to people who registered for an event."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "registrant_messages",
        sa.Column("event_id", BIG, nullable=False),
        sa.Column(
            "addressed",
            sa.Enum("all", "room", "online", "waiting", name="addressed", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("message_uid", sa.String(length=26), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_registrant_messages_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_registrant_messages"),
        sa.UniqueConstraint("uid", name="uq_registrant_messages_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_registrant_messages_event_id", "registrant_messages", ["event_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
