"""One table of requests that wait for confirmation by mail, for every feature; waiting sign-ups move into it.

Ids stay, because links that were mailed name them. Sealed names are bound to their table: they are sealed anew.
"""

import json

import sqlalchemy as sa
from alembic import op

from mobilize.core import crypto, db, i18n

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "visitor_requests",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("subject_id", BIG, nullable=False),
        sa.Column("recipient_id", BIG, nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("mails_sent", BIG, nullable=False),
        sa.Column("asked_at", db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_visitor_requests_organisation_id")
        ),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipients.id"], name=op.f("fk_visitor_requests_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitor_requests")),
        sa.UniqueConstraint("uid", name=op.f("uq_visitor_requests_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_visitor_requests_recipient_id_kind_subject_id"),
        "visitor_requests",
        ["recipient_id", "kind", "subject_id"],
    )
    op.create_index(op.f("ix_visitor_requests_ends_at"), "visitor_requests", ["ends_at"])
    _move_sign_ups()
    op.drop_table("signup_requests")


def _move_sign_ups() -> None:
    connection = op.get_bind()
    old, new = (
        sa.Table(name, sa.MetaData(), autoload_with=connection) for name in ("signup_requests", "visitor_requests")
    )
    texts, defaults = _texts(connection), _default_languages(connection)
    for row in connection.execute(sa.select(old)).mappings():
        words = texts.get(row["wording_id"], {})
        payload = {
            **_names(row),
            "list_ids": _decoded(row["list_ids"]),
            "wording_id": row["wording_id"],
            "words": i18n.text_in(words, row["language"], defaults[row["organisation_id"]]),
        }
        place = crypto.associated_data("visitor_requests", "payload_sealed", row["uid"])
        same = (
            "id",
            "uid",
            "organisation_id",
            "recipient_id",
            "language",
            "mails_sent",
            "asked_at",
            "ends_at",
            "confirmed_at",
        )
        connection.execute(
            sa.insert(new).values(
                kind="signup",
                subject_id=row["form_id"],
                payload_sealed=crypto.seal(json.dumps(payload), place),
                **{name: row[name] for name in same},
            )
        )
    if connection.dialect.name == "postgresql":
        connection.execute(
            sa.text(
                "SELECT setval(pg_get_serial_sequence('visitor_requests', 'id'), "
                "(SELECT last_value FROM signup_requests_id_seq), (SELECT is_called FROM signup_requests_id_seq))"
            )
        )
    else:
        _keep_sqlite_sequence(connection)


def _keep_sqlite_sequence(connection: sa.Connection) -> None:
    """The next id comes after the last of the old table, also where its last row is gone: no link means another row."""
    last = connection.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'signup_requests'"))
    connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = 'visitor_requests'"))
    if last:
        connection.execute(
            sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('visitor_requests', :last)"), {"last": last}
        )


def _texts(connection: sa.Connection) -> dict[int, dict[str, str]]:
    rows = connection.execute(sa.text("SELECT id, texts FROM consent_wordings"))
    return {wording_id: _decoded(texts) for wording_id, texts in rows}


def _default_languages(connection: sa.Connection) -> dict[int, str]:
    return {
        row.id: row.default_language
        for row in connection.execute(sa.text("SELECT id, default_language FROM organisations"))
    }


def _names(row: sa.RowMapping) -> dict[str, str]:
    sealed = row["names_sealed"]
    if sealed is None:
        return {"first_name": "", "last_name": ""}
    return json.loads(
        crypto.unseal(bytes(sealed), crypto.associated_data("signup_requests", "names_sealed", row["uid"]))
    )


def _decoded(value: object) -> object:
    """JSON columns are text on SQLite and read as values on PostgreSQL."""
    return json.loads(value) if isinstance(value, str) else value


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
