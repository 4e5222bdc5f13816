"""One organisation row stands for the installation itself: mail about accounts belongs to it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "organisations", sa.Column("is_installation", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        "ix_organisations_installation",
        "organisations",
        ["is_installation"],
        unique=True,
        postgresql_where=sa.text("is_installation"),
        sqlite_where=sa.text("is_installation"),
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
