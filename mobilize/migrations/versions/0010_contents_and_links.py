"""A content says itself whether it goes to a list, and a link belongs to one content.

Until now the folder of a content's template told the first. Links of earlier messages stay as they are: they belong to
all contents of their message.
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("links", sa.Column("content_id", BIG, nullable=True))
    _say_what_goes_to_lists(op.get_bind())


def _say_what_goes_to_lists(connection: sa.Connection) -> None:
    contents = sa.table("contents", sa.column("id"), sa.column("digest"), sa.column("source", sa.JSON))
    ids = connection.scalars(sa.select(contents.c.id).order_by(contents.c.id)).all()
    for content_id in ids:  # one at a time: all of them together may be large
        this = contents.c.id == content_id
        source = connection.scalars(sa.select(contents.c.source).where(this)).one()
        if source["template"].startswith("mailings/"):
            source["to_list"] = True
            canonical = json.dumps(source, ensure_ascii=False, sort_keys=True)
            digest = hashlib.sha256(canonical.encode()).digest()
            connection.execute(contents.update().where(this).values(source=source, digest=digest))


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
