"""Registering for events: the form of an event, and who comes."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "registration_forms",
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("opens_at", MOMENT, nullable=True),
        sa.Column("closes_at", MOMENT, nullable=True),
        sa.Column("capacity", BIG, nullable=True),
        sa.Column("wordings", sa.JSON(), nullable=False),
        sa.Column("keep_days", BIG, nullable=False),
        sa.Column("sums", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_registration_forms_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_registration_forms"),
        sa.UniqueConstraint("event_id", name="uq_registration_forms_event_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "registrations",
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("recipient_id", BIG, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "registered",
                "left",
                "removed",
                "event_cancelled",
                name="registrationstate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "attendance",
            sa.Enum("venue", "online", "both", name="attendance", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("held_until", MOMENT, nullable=True),
        sa.Column("registered_at", MOMENT, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_registrations_event_id"),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipients.id"], name="fk_registrations_recipient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_registrations"),
        sa.UniqueConstraint("event_id", "recipient_id", name="uq_registrations_event_id_recipient_id"),
        sa.UniqueConstraint("uid", name="uq_registrations_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_registrations_held_until", "registrations", ["held_until"], unique=False)
    op.create_index("ix_registrations_recipient_id", "registrations", ["recipient_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
