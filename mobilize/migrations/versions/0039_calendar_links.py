"""Links at which colleagues' calendar programs read what goes out."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "calendar_links",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_calendar_links_organisation_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_calendar_links_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_links"),
        sa.UniqueConstraint("uid", name="uq_calendar_links_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_calendar_links_user_id_organisation_id", "calendar_links", ["user_id", "organisation_id"])


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
