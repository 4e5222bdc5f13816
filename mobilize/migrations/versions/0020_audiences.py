"""A mailing stores whom it goes to as one value, and what is frozen by variant."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE mailings RENAME COLUMN list_ids TO selection")
    connection = op.get_bind()
    columns = (sa.column("id"), sa.column("selection", sa.JSON), sa.column("frozen", sa.JSON))
    mailings = sa.table("mailings", *columns)
    stored = sa.select(mailings.c.id, mailings.c.selection, mailings.c.frozen)
    for row in connection.execute(stored.order_by(mailings.c.id)).all():
        frozen = [[language, "", False, content_id] for language, content_id in row.frozen.items()]
        values = {"selection": {"lists": row.selection, "without": []}, "frozen": frozen}
        connection.execute(mailings.update().where(mailings.c.id == row.id).values(values))


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
