"""The public archive: mailings that anybody may read, as they were sent."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "archived_mailings",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("mailing_id", BIG, nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("archived_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_archived_mailings_organisation_id"),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailings.id"], name="fk_archived_mailings_mailing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_archived_mailings"),
        sa.UniqueConstraint("mailing_id", name="uq_archived_mailings_mailing_id"),
        sa.UniqueConstraint("uid", name="uq_archived_mailings_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_archived_mailings_organisation_id_sent_at", "archived_mailings", ["organisation_id", "sent_at"])


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
