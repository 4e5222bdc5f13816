"""The hash of the ticket that a confirmation carries."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("ticket_hash", sa.LargeBinary(length=16), nullable=True))
    op.create_index("ix_registrations_ticket_hash", "registrations", ["ticket_hash"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
