"""Emails about accounts that were asked for and that the clock will send; those that older versions left are moved here.

An older version sent them in the name of an organisation, over its own server: its owner could read the links. Such
emails that still wait are stopped, and asked for anew over the installation's server.
"""

import json

import sqlalchemy as sa
from alembic import op

from mobilize.core import clock, crypto, db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = db.UtcDateTime(timezone=True)
WAITING = ("pending", "claimed", "deferred")
KINDS = {"accounts/reset": "reset", "accounts/invitation": "invitation"}


def upgrade() -> None:
    requests = op.create_table(
        "account_mail_requests",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("invitation_id", BIG, nullable=True),
        sa.Column("from_this_machine", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_account_mail_requests_invitation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_mail_requests")),
        sa.UniqueConstraint("uid", name=op.f("uq_account_mail_requests_uid")),
        sqlite_autoincrement=True,
    )
    connection = op.get_bind()
    for row in _left(connection):
        _stop(connection, row)
        moved = _asked_anew(connection, row)
        if moved:
            op.bulk_insert(requests, [moved])


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")


_DELIVERIES = sa.table(
    "deliveries",
    *map(sa.column, ("id", "message_id", "content_id", "state", "reason", "stop_reason", "claim_id", "facts_sealed")),
    sa.column("changed_at", MOMENT),
)
_MESSAGES = sa.table(
    "messages", *map(sa.column, ("id", "uid", "organisation_id", "state")), sa.column("finished_at", MOMENT)
)
_CONTENTS = sa.table("contents", sa.column("id"), sa.column("source", sa.JSON))
_HOUSES = sa.table("organisations", sa.column("id"), sa.column("is_installation", sa.Boolean))
_USERS = sa.table("users", *map(sa.column, ("id", "uid", "email_sealed", "password_version")))


def _left(connection: sa.Connection) -> list[sa.Row]:
    """Waiting emails about accounts that belong to an organisation, with what they were made from."""
    chosen = (
        sa.select(_DELIVERIES.c.id, _DELIVERIES.c.facts_sealed, _MESSAGES.c.id, _MESSAGES.c.uid, _CONTENTS.c.source)
        .join_from(_DELIVERIES, _MESSAGES, _MESSAGES.c.id == _DELIVERIES.c.message_id)
        .join(_CONTENTS, _CONTENTS.c.id == _DELIVERIES.c.content_id)
        .join(_HOUSES, _HOUSES.c.id == _MESSAGES.c.organisation_id)
        .where(_HOUSES.c.is_installation.is_(sa.false()), _DELIVERIES.c.state.in_(WAITING))
        .where(sa.cast(_CONTENTS.c.source, sa.Text).contains("accounts/"))
        .order_by(_DELIVERIES.c.id)
    )
    return [row for row in connection.execute(chosen).all() if row[4].get("template") in KINDS]


def _stop(connection: sa.Connection, row: sa.Row) -> None:
    now = clock.now()
    ended = {"state": "revoked", "reason": "moved", "stop_reason": "moved", "claim_id": None, "changed_at": now}
    connection.execute(_DELIVERIES.update().where(_DELIVERIES.c.id == row[0]).values(ended))
    message = _MESSAGES.update().where(_MESSAGES.c.id == row[2])
    connection.execute(message.values(state="cancelled", finished_at=now))


def _asked_anew(connection: sa.Connection, row: sa.Row) -> dict[str, object] | None:
    """The request that replaces it; none where its link would not work any more, or cannot be read."""
    kind, uid = KINDS[row[4]["template"]], db.new_uid()
    try:
        facts = json.loads(crypto.unseal(row[1], crypto.associated_data("deliveries", "facts_sealed", row[3])))
        (_label, subject_id, *version) = facts["links"]["action_url"]
        sealed = _address(connection, subject_id, version[0], uid) if kind == "reset" else None
    except (crypto.CannotOpen, KeyError, ValueError, IndexError):
        return None
    if kind == "reset" and sealed is None:
        return None
    return {
        "kind": kind,
        "email_sealed": sealed,
        "invitation_id": subject_id if kind == "invitation" else None,
        "from_this_machine": False,
        "created_at": clock.now(),
        "uid": uid,
    }


def _address(connection: sa.Connection, user_id: int, version: int, uid: str) -> bytes | None:
    """The user's address, sealed for the request; none if the password was changed since."""
    chosen = sa.select(_USERS).where(_USERS.c.id == user_id, _USERS.c.password_version == version)
    user = connection.execute(chosen).one_or_none()
    if user is None:
        return None
    address = crypto.unseal(user.email_sealed, crypto.associated_data("users", "email_sealed", user.uid))
    return crypto.seal(address, crypto.associated_data("account_mail_requests", "email_sealed", uid))
