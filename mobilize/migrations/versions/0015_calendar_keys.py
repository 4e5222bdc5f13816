"""Rows that carry a calendar entry name it, so that a later one ends those that still wait.

The column needs no rewriting of the table, and the index holds none of the rows that are there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("calendar_key", sa.String(80), nullable=True))
    op.create_index(
        "ix_deliveries_calendar",
        "deliveries",
        ["recipient_id", "calendar_key", "id"],
        postgresql_where=sa.text("calendar_key IS NOT NULL"),
        sqlite_where=sa.text("calendar_key IS NOT NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
