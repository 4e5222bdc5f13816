"""What became of a message stands with it before its rows of the ledger go."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TO_KEEP = sa.text("final IS NULL")
TO_EMPTY = sa.text("final IS NOT NULL AND emptied_at IS NULL")


def upgrade() -> None:
    op.add_column("messages", sa.Column("final", sa.JSON(), nullable=True))
    op.add_column("messages", sa.Column("emptied_at", db.UtcDateTime(timezone=True), nullable=True))
    op.create_index("ix_messages_to_keep", "messages", ["finished_at"], postgresql_where=TO_KEEP, sqlite_where=TO_KEEP)
    op.create_index("ix_messages_to_empty", "messages", ["id"], postgresql_where=TO_EMPTY, sqlite_where=TO_EMPTY)
    op.create_index(op.f("ix_contents_created_at"), "contents", ["created_at"])
    op.add_column("mailings", sa.Column("erased_leavings", BIG, nullable=False, server_default="0"))


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
