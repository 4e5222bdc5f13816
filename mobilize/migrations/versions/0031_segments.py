"""Segments: named conditions that narrow who gets a mailing."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "segments",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("tree", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_segments_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_segments"),
        sa.UniqueConstraint("uid", name="uq_segments_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_segments_organisation_id_name", "segments", ["organisation_id", "name"], unique=False)
    there = sa.text("erased_at IS NULL")
    op.create_index(
        "ix_recipients_language",
        "recipients",
        ["organisation_id", "kind", "language", "id"],
        unique=False,
        postgresql_where=there,
        sqlite_where=there,
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
