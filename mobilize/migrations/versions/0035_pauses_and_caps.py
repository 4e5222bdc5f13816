"""A person can pause what they receive, and an organisation can say how much one person gets at most."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("recipients", sa.Column("paused_until", db.UtcDateTime(timezone=True), nullable=True))
    op.add_column("organisations", sa.Column("most_mails", BIG, nullable=True))
    op.add_column("organisations", sa.Column("most_mails_days", BIG, nullable=False, server_default=sa.text("7")))


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
