"""Campaigns, their documents, and what belongs to them."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column(
            "traces",
            sa.Enum("none", "found", "unknown", name="traces", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_documents_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("organisation_id", "name", name="uq_documents_organisation_id_name"),
        sa.UniqueConstraint("uid", name="uq_documents_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_documents_name", "documents", ["name"], unique=False)
    op.create_table(
        "campaigns",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("partners", sa.JSON(), nullable=False),
        sa.Column("budget", BIG, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column(
            "precision",
            sa.Enum("time", "date", "unknown", name="precision", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("former_id", BIG, nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["former_id"], ["campaigns.id"], name="fk_campaigns_former_id"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_campaigns_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.UniqueConstraint("organisation_id", "slug", name="uq_campaigns_organisation_id_slug"),
        sa.UniqueConstraint("uid", name="uq_campaigns_uid"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "campaign_items",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_items_campaign_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_items"),
        sa.UniqueConstraint("kind", "subject_uid", name="uq_campaign_items_kind_subject_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_campaign_items_campaign_id", "campaign_items", ["campaign_id"], unique=False)
    op.create_table(
        "campaign_documents",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("document_id", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_documents_campaign_id"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_campaign_documents_document_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_documents"),
        sa.UniqueConstraint("uid", name="uq_campaign_documents_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_campaign_documents_campaign_id", "campaign_documents", ["campaign_id", "position"], unique=False
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
