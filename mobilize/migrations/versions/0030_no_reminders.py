"""Whoever is registered for an event can do without reminders."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("quiet_since", db.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
