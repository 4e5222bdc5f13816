"""A message may be held by several causes at once.

What is paused was paused by the staff, as the trail says; what is halted was refused by servers.
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CAUSES = ("staff", "refusal", "source", "gate")


def upgrade() -> None:
    op.create_table(
        "message_holds",
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("cause", sa.Enum(*CAUSES, name="holdcause", native_enum=False, length=20), nullable=False),
        sa.Column("since", db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_holds_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_holds")),
        sa.UniqueConstraint("message_id", "cause", name=op.f("uq_message_holds_message_id_cause")),
        sqlite_autoincrement=True,
    )
    paused = "(SELECT MAX(at) FROM audit_entries WHERE action = 'mailing.paused' AND subject = messages.anchor)"
    _hold("paused", "staff", since=f"COALESCE({paused}, created_at)", reason="''")
    _hold("halted", "refusal", since="created_at", reason="state_reason")


def _hold(state: str, cause: str, *, since: str, reason: str) -> None:
    found = f"SELECT id, '{cause}', {since}, {reason}, '{{}}' FROM messages WHERE state = '{state}'"  # noqa: S608
    op.execute(f"INSERT INTO message_holds (message_id, cause, since, reason, sources) {found}")


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
