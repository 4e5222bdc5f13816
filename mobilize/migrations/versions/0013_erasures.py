"""Erasing people: when a recipient was emptied, and the erasures that are under way."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("recipients", sa.Column("erased_at", db.UtcDateTime(timezone=True), nullable=True))
    op.create_table(
        "erasures",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("recipient_ids", sa.JSON(), nullable=False),
        sa.Column("person_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("refused", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("begun_at", db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_erasures_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_erasures_waiting",
        "erasures",
        ["id"],
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
