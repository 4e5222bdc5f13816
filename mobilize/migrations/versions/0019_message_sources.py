"""What a message's contents show, so that a change of it holds the message.

No content of an earlier version depends on anything.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "message_sources",
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_sources_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_sources")),
        sa.UniqueConstraint("message_id", "source", name=op.f("uq_message_sources_message_id_source")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_message_sources_source"), "message_sources", ["source"])


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
