"""A session of staff knows when it was last used, when the password was last typed, and in which kind of browser.

The table is made anew: nothing points to it, and SQLite cannot add columns that are never null. Sessions stay; they
count as used now, and ask for the password before owners, keys and mail servers change.
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core import clock, db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    moment = db.UtcDateTime(timezone=True)
    former = sa.table(
        "login_sessions",
        sa.column("user_id"),
        sa.column("secret_digest", sa.LargeBinary),
        sa.column("created_at", moment),
        sa.column("expires_at", moment),
        sa.column("id"),
    )
    rows = op.get_bind().execute(sa.select(former).order_by(former.c.id)).all()
    op.drop_table("login_sessions")
    sessions = op.create_table(
        "login_sessions",
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("browser", sa.String(length=20), nullable=False),
        sa.Column("system", sa.String(length=20), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("last_seen_at", moment, nullable=False),
        sa.Column("confirmed_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_login_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_sessions")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_login_sessions_secret_digest")),
        sa.UniqueConstraint("uid", name=op.f("uq_login_sessions_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_login_sessions_user_id"), "login_sessions", ["user_id"])
    now = clock.now()
    kept = [
        {
            "user_id": row.user_id,
            "secret_digest": row.secret_digest,
            "browser": "",
            "system": "",
            "created_at": row.created_at,
            "last_seen_at": now,
            "confirmed_at": row.created_at,
            "expires_at": row.expires_at,
            "uid": db.new_uid(),
        }
        for row in rows
    ]
    if kept:
        op.bulk_insert(sessions, kept)


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
