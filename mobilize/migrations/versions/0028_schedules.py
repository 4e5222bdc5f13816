"""Rules tied to a moment, what they have sent or missed, and what made a mailing."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.add_column("mailings", sa.Column("origin", sa.String(60), nullable=False, server_default=""))
    op.create_table(
        "rules",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("anchor", sa.String(60), nullable=False),
        sa.Column("moment", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("days", BIG, nullable=False),
        sa.Column("at_time", sa.String(5), nullable=False),
        sa.Column("minutes", BIG, nullable=False),
        sa.Column("lateness", BIG, nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("template_id", BIG, nullable=False),
        sa.Column("armed_at", MOMENT, nullable=True),
        sa.Column("may_be_past", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_rules_organisation_id"),
        sa.ForeignKeyConstraint(["template_id"], ["mailings.id"], name="fk_rules_template_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
        sa.UniqueConstraint("uid", name="uq_rules_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rules_organisation_id_anchor", "rules", ["organisation_id", "anchor"])
    op.create_table(
        "occurrences",
        sa.Column("rule_id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("moment_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column(
            "state",
            sa.Enum("sent", "missed", "revoked", name="occurrencestate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("mailing_id", BIG, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailings.id"], name="fk_occurrences_mailing_id"),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name="fk_occurrences_rule_id"),
        sa.PrimaryKeyConstraint("id", name="pk_occurrences"),
        sa.UniqueConstraint("rule_id", "number", name="uq_occurrences_rule_id_number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_occurrences_mailing_id", "occurrences", ["mailing_id"])


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
