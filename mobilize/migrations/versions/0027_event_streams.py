"""The link to an event's live stream, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("stream_url_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
