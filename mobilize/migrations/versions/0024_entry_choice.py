"""Whether somebody who registered wants a calendar entry, and under which name."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

CHOICES = ("event", "appointment", "meeting", "busy", "none")


def upgrade() -> None:
    op.add_column(
        "registrations",
        sa.Column(
            "entry",
            sa.Enum(*CHOICES, name="entrychoice", native_enum=False, length=20),
            nullable=False,
            server_default="event",
        ),
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
