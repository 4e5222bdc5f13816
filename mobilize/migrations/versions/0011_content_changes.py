"""New content for what waits: which content took which one's place in a message."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "content_changes",
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("old_content_id", BIG, nullable=False),
        sa.Column("new_content_id", BIG, nullable=False),
        sa.Column("at", db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_content_changes_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["old_content_id"], ["contents.id"], name=op.f("fk_content_changes_old_content_id")),
        sa.ForeignKeyConstraint(["new_content_id"], ["contents.id"], name=op.f("fk_content_changes_new_content_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_changes")),
        sa.UniqueConstraint("message_id", "old_content_id", name=op.f("uq_content_changes_message_id_old_content_id")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
