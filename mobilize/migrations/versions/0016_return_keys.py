"""Letters to decision makers have a random key in their return path; rows that are there have none and need none."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("return_key", sa.LargeBinary(16), nullable=True))
    op.create_index(
        "ix_deliveries_return_key",
        "deliveries",
        ["return_key"],
        unique=True,
        postgresql_where=sa.text("return_key IS NOT NULL"),
        sqlite_where=sa.text("return_key IS NOT NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
