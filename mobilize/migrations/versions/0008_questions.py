"""Typed questions with their choices, and people's answers."""

import sqlalchemy as sa
from alembic import op

from mobilize.core import db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ended_files",
        sa.Column("name", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_files")),
        sa.UniqueConstraint("name", name=op.f("uq_ended_files_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "questions",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("owner_kind", sa.String(length=20), nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "short-text",
                "long-text",
                "number",
                "date",
                "choice",
                "several",
                "yes-no",
                "country",
                "file",
                name="questionkind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("hints", sa.JSON(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("to_seal", sa.Boolean(), nullable=False),
        sa.Column("retention_days", BIG, nullable=True),
        sa.Column("position", BIG, nullable=False),
        sa.Column("created_at", db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_questions_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("owner_kind", "owner_id", "slug", name=op.f("uq_questions_owner_kind_owner_id_slug")),
        sa.UniqueConstraint("uid", name=op.f("uq_questions_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_questions_organisation_id"), "questions", ["organisation_id"], unique=False)
    op.create_table(
        "answers",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("recipient_id", BIG, nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("yes", sa.Boolean(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("value_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("file", sa.String(length=26), nullable=True),
        sa.Column("file_size", BIG, nullable=True),
        sa.Column("answered_at", db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_answers_organisation_id")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_answers_question_id")),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipients.id"], name=op.f("fk_answers_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("recipient_id", "question_id", name=op.f("uq_answers_recipient_id_question_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_answers_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_answers_file"), "answers", ["file"], unique=False)
    op.create_index(op.f("ix_answers_question_id_answered_at"), "answers", ["question_id", "answered_at"], unique=False)
    op.create_table(
        "question_choices",
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("ended_at", db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_question_choices_question_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_choices")),
        sa.UniqueConstraint("uid", name=op.f("uq_question_choices_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_question_choices_question_id"), "question_choices", ["question_id"], unique=False)
    op.create_table(
        "answer_choices",
        sa.Column("answer_id", BIG, nullable=False),
        sa.Column("choice_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_answer_choices_answer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["choice_id"], ["question_choices.id"], name=op.f("fk_answer_choices_choice_id")),
        sa.PrimaryKeyConstraint("answer_id", "choice_id", name=op.f("pk_answer_choices")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_answer_choices_choice_id_answer_id"), "answer_choices", ["choice_id", "answer_id"], unique=False
    )


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")
