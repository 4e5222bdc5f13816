"""What the pages of defenders need: scope of consent, sources looked at again, pictures, limits, readers of risk notes."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.add_column("defender_reviews", sa.Column("scope", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("case_events", sa.Column("checked_at", MOMENT, nullable=True))
    op.add_column("case_events", sa.Column("checked_hash", sa.String(length=64), nullable=True))
    _pictures()
    op.create_table(
        "gate_limits",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("consent", BIG, nullable=False),
        sa.Column("verification", BIG, nullable=False),
        sa.Column("risk", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_gate_limits_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_gate_limits"),
        sa.UniqueConstraint("organisation_id", name="uq_gate_limits_organisation_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "risk_readers",
        sa.Column("membership_id", BIG, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name="fk_risk_readers_membership_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_risk_readers"),
        sa.UniqueConstraint("membership_id", name="uq_risk_readers_membership_id"),
        sqlite_autoincrement=True,
    )


def _pictures() -> None:
    op.create_table(
        "defender_pictures",
        sa.Column("defender_id", BIG, nullable=False),
        sa.Column("picture_id", BIG, nullable=False),
        sa.Column("consented_on", sa.Date(), nullable=False),
        sa.Column("consent_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("alternatives_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["defender_id"], ["defenders.id"], name="fk_defender_pictures_defender_id"),
        sa.ForeignKeyConstraint(["picture_id"], ["pictures.id"], name="fk_defender_pictures_picture_id"),
        sa.PrimaryKeyConstraint("id", name="pk_defender_pictures"),
        sa.UniqueConstraint("defender_id", "picture_id", name="uq_defender_pictures_defender_id_picture_id"),
        sa.UniqueConstraint("uid", name="uq_defender_pictures_uid"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
