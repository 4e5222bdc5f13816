"""Appeals for defenders: what they say, whom they are for, their numbers, and further information about them."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = db.UtcDateTime(timezone=True)
STATES = ("draft", "in_review", "active", "updated", "closed")
OUTCOMES = ("released", "released_conditions", "improved", "no_change", "worse", "died", "stopped")


def upgrade() -> None:
    op.create_table(
        "appeals",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="appealstate", native_enum=False, length=20), nullable=False),
        sa.Column("year", BIG, nullable=True),
        sa.Column("number", BIG, nullable=True),
        sa.Column("furthers", BIG, nullable=False),
        sa.Column("supersedes_id", BIG, nullable=True),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("act_until", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Enum(*OUTCOMES, name="outcome", native_enum=False, length=20), nullable=True),
        sa.Column("draft_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("published_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("writers", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=True),
        sa.Column("approved_by", sa.String(length=40), nullable=True),
        sa.Column("approved_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("published_additions", sa.JSON(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_appeals_organisation_id"),
        sa.ForeignKeyConstraint(["supersedes_id"], ["appeals.id"], name="fk_appeals_supersedes_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appeals"),
        sa.UniqueConstraint("organisation_id", "slug", name="uq_appeals_organisation_id_slug"),
        sa.UniqueConstraint("organisation_id", "year", "number", name="uq_appeals_organisation_id_year_number"),
        sa.UniqueConstraint("uid", name="uq_appeals_uid"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "appeal_defenders",
        sa.Column("appeal_id", BIG, nullable=False),
        sa.Column("defender_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name="fk_appeal_defenders_appeal_id"),
        sa.ForeignKeyConstraint(["defender_id"], ["defenders.id"], name="fk_appeal_defenders_defender_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appeal_defenders"),
        sa.UniqueConstraint("appeal_id", "defender_id", name="uq_appeal_defenders_appeal_id_defender_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_appeal_defenders_defender_id", "appeal_defenders", ["defender_id"])
    op.create_table(
        "appeal_furthers",
        sa.Column("appeal_id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("texts_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name="fk_appeal_furthers_appeal_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appeal_furthers"),
        sa.UniqueConstraint("appeal_id", "number", name="uq_appeal_furthers_appeal_id_number"),
        sa.UniqueConstraint("uid", name="uq_appeal_furthers_uid"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "appeal_series",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("year", BIG, nullable=False),
        sa.Column("last", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_appeal_series_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appeal_series"),
        sa.UniqueConstraint("organisation_id", "year", name="uq_appeal_series_organisation_id_year"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
