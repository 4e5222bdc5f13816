"""Defenders: who they are, the reviews of their cases, and their timelines."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "defenders",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("risk_notes_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("held_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_defenders_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_defenders"),
        sa.UniqueConstraint("organisation_id", "slug", name="uq_defenders_organisation_id_slug"),
        sa.UniqueConstraint("uid", name="uq_defenders_uid"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "defender_reviews",
        sa.Column("defender_id", BIG, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("consent", "verification", "risk", name="reviewkind", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["defender_id"], ["defenders.id"], name="fk_defender_reviews_defender_id"),
        sa.PrimaryKeyConstraint("id", name="pk_defender_reviews"),
        sa.UniqueConstraint("uid", name="uq_defender_reviews_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_defender_reviews_defender_id_kind", "defender_reviews", ["defender_id", "kind"])
    op.create_table(
        "case_events",
        sa.Column("defender_id", BIG, nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column(
            "precision",
            sa.Enum("day", "month", "year", name="dateprecision", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("texts_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("source_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("source_hash", sa.String(length=64), nullable=True),
        sa.Column("copy_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["defender_id"], ["defenders.id"], name="fk_case_events_defender_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_events"),
        sa.UniqueConstraint("uid", name="uq_case_events_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_events_defender_id", "case_events", ["defender_id"])


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
