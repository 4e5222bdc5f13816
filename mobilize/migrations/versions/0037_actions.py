"""Calls to action, and the acts of those who followed them."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = db.UtcDateTime(timezone=True)
TEXTS = ("titles", "addressees", "texts", "asks", "thanks", "shares", "wordings")


def words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=20)


def upgrade() -> None:
    op.create_table(
        "actions",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("kind", words("actionkind", "petition"), nullable=False),
        sa.Column("state", words("actionstate", "draft", "open", "closed"), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in TEXTS),
        sa.Column("shows", words("shown", "nothing", "initials", "name", "address"), nullable=False),
        sa.Column("allows_second_name", sa.Boolean(), nullable=False),
        sa.Column("list_id", BIG, nullable=True),
        sa.Column("wording_version", BIG, nullable=False),
        sa.Column("goal", BIG, nullable=True),
        sa.Column("opens_at", MOMENT, nullable=True),
        sa.Column("closes_at", MOMENT, nullable=True),
        sa.Column("next_uid", sa.String(length=26), nullable=False),
        sa.Column("keep_days", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name="fk_actions_list_id"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_actions_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_actions"),
        sa.UniqueConstraint("organisation_id", "slug", name="uq_actions_organisation_id_slug"),
        sa.UniqueConstraint("uid", name="uq_actions_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_actions_organisation_id_about", "actions", ["organisation_id", "about"])
    op.create_table(
        "acts",
        sa.Column("action_id", BIG, nullable=False),
        sa.Column("recipient_id", BIG, nullable=True),
        sa.Column("signer_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("name_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("seat", BIG, nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("origin", words("actorigin", "page", "mail"), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("place_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("acted_at", MOMENT, nullable=False),
        sa.Column("quiet_since", MOMENT, nullable=True),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name="fk_acts_action_id"),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipients.id"], name="fk_acts_recipient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_acts"),
        sa.UniqueConstraint("action_id", "signer_key", "seat", name="uq_acts_action_id_signer_key_seat"),
        sa.UniqueConstraint("uid", name="uq_acts_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_acts_recipient_id_action_id", "acts", ["recipient_id", "action_id"])
    op.create_index(
        "ix_acts_of_people",
        "acts",
        ["action_id", "recipient_id"],
        postgresql_where=sa.text("recipient_id IS NOT NULL"),
        sqlite_where=sa.text("recipient_id IS NOT NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
