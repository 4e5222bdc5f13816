"""Why an organisation may send from somewhere: its key was seen in DNS, or the operator gave their word.

A sender that nobody changed in the studio is the one that the operator's command made, so it has their word.
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core import clock, crypto, db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    proofs = op.create_table(
        "sender_proofs",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("scope", sa.String(length=320), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("created_at", db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_sender_proofs_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_proofs")),
        sa.UniqueConstraint("organisation_id", "scope", name=op.f("uq_sender_proofs_organisation_id_scope")),
        sqlite_autoincrement=True,
    )
    made_by_command = sa.text(
        "SELECT organisation_id, address FROM sending_identities WHERE organisation_id NOT IN"
        " (SELECT organisation_id FROM audit_entries"
        " WHERE action = 'organisation.sender-changed' AND organisation_id IS NOT NULL)"
    )
    now = clock.now()
    rows = {
        (row.organisation_id, crypto.normalised_address(row.address)) for row in op.get_bind().execute(made_by_command)
    }
    words = [
        {"organisation_id": owner, "scope": scope, "source": "operator", "created_at": now}
        for owner, scope in sorted(rows)
    ]
    if words:
        op.bulk_insert(proofs, words)


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
