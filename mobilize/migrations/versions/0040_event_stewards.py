"""Colleagues who see to one event."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "event_stewards",
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("membership_id", BIG, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_event_stewards_event_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name="fk_event_stewards_membership_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event_stewards"),
        sa.UniqueConstraint("event_id", "membership_id", name="uq_event_stewards_event_id_membership_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_stewards_membership_id", "event_stewards", ["membership_id"])


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
