"""Links to the door of an event, and who came in through them."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "door_links",
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_door_links_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_door_links"),
        sa.UniqueConstraint("uid", name="uq_door_links_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_door_links_event_id", "door_links", ["event_id"], unique=False)
    op.create_table(
        "door_scans",
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("door_link_id", BIG, nullable=False),
        sa.Column("registration_id", BIG, nullable=True),
        sa.Column("nonce", sa.String(length=40), nullable=False),
        sa.Column("scanned_at", MOMENT, nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_door_scans_event_id"),
        sa.ForeignKeyConstraint(["door_link_id"], ["door_links.id"], name="fk_door_scans_door_link_id"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_door_scans_registration_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_door_scans"),
        sa.UniqueConstraint("event_id", "nonce", name="uq_door_scans_event_id_nonce"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_door_scans_registration_id", "door_scans", ["registration_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
