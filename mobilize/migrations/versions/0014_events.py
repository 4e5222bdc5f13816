"""Events and the points of their programmes."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("summaries", sa.JSON(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("organisers", sa.JSON(), nullable=False),
        sa.Column("partners", sa.JSON(), nullable=False),
        sa.Column(
            "precision",
            sa.Enum("time", "date", "unknown", name="precision", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column(
            "previous_precision",
            sa.Enum("time", "date", "unknown", name="precision", native_enum=False, length=20),
            nullable=True,
        ),
        sa.Column("previous_starts_at", MOMENT, nullable=True),
        sa.Column("previous_ends_at", MOMENT, nullable=True),
        sa.Column(
            "attendance",
            sa.Enum("venue", "online", "both", name="attendance", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("venues", sa.JSON(), nullable=False),
        sa.Column("venue_address", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "scheduled",
                "postponed",
                "rescheduled",
                "moved_online",
                "cancelled",
                name="eventstatus",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("status_changed_at", MOMENT, nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_events_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("organisation_id", "slug", name="uq_events_organisation_id_slug"),
        sa.UniqueConstraint("uid", name="uq_events_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_organisation_id_starts_at", "events", ["organisation_id", "starts_at"], unique=False)
    op.create_table(
        "agenda_points",
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("speakers", sa.JSON(), nullable=False),
        sa.Column("room", sa.String(length=120), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_agenda_points_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_agenda_points"),
        sa.UniqueConstraint("uid", name="uq_agenda_points_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_agenda_points_event_id", "agenda_points", ["event_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
