"""The waiting list of a room, offers of free seats, and registrations for several people."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
WAITS = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.add_column("registration_forms", sa.Column("largest_party", BIG, nullable=False, server_default="1"))
    op.add_column(
        "registration_forms", sa.Column("has_waiting_list", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column("registration_forms", sa.Column("offer_hours", BIG, nullable=False, server_default="24"))
    op.add_column("registration_forms", sa.Column("offer_stop_hours", BIG, nullable=False, server_default="48"))
    op.add_column("registrations", sa.Column("party", BIG, nullable=False, server_default="1"))
    op.add_column("registrations", sa.Column("waiting_since", MOMENT, nullable=True))
    op.create_index(
        "ix_registrations_waiting",
        "registrations",
        ["event_id", "waiting_since"],
        unique=False,
        postgresql_where=WAITS,
        sqlite_where=WAITS,
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
