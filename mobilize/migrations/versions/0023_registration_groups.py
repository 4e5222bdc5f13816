"""Groups of people that a registration form asks for, each with words of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "registration_groups",
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("introductions", sa.JSON(), nullable=False),
        sa.Column("confirmations", sa.JSON(), nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_registration_groups_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_registration_groups"),
        sa.UniqueConstraint("event_id", "slug", name="uq_registration_groups_event_id_slug"),
        sa.UniqueConstraint("uid", name="uq_registration_groups_uid"),
        sqlite_autoincrement=True,
    )
    op.add_column("registrations", sa.Column("group_uid", sa.String(length=26), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
