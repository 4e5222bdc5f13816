"""Sign-up forms ask fields of their organisation: none, until somebody chooses them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signup_forms", sa.Column("question_ids", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
