"""Questions, their choices, and people's answers."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Date, Double, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.crypto import Sealed
from mobilize.core.db import Base, HasId, HasUid


class QuestionKind(StrEnum):
    SHORT_TEXT = "short-text"
    LONG_TEXT = "long-text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    SEVERAL = "several"
    YES_NO = "yes-no"
    COUNTRY = "country"
    FILE = "file"


class Question(HasUid, Base):
    """One question of an owner; labels and hints by language; ``retention_days`` count from the answer.

    The owner is a row of some feature by its kind and id: ``organisation`` for the organisation's own fields. ``slug``
    names the question in files and merge fields and never changes. An ended question is asked no more, and its
    answers stay readable. ``to_seal``: it was marked sensitive, and the tick has not sealed all earlier answers yet.
    """

    __tablename__ = "questions"
    __table_args__ = (UniqueConstraint("owner_kind", "owner_id", "slug"), Index(None, "organisation_id"))

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    owner_kind: Mapped[str] = mapped_column(String(20))
    owner_id: Mapped[int]
    slug: Mapped[str] = mapped_column(String(40))
    kind: Mapped[QuestionKind]
    labels: Mapped[dict[str, str]] = mapped_column(JSON)
    hints: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    required: Mapped[bool] = mapped_column(default=False)
    sensitive: Mapped[bool] = mapped_column(default=False)
    to_seal: Mapped[bool] = mapped_column(default=False)
    retention_days: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class QuestionChoice(HasUid, Base):
    """One answer that a question of the kinds choice and several offers; an ended one is offered no more."""

    __tablename__ = "question_choices"

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), index=True)
    labels: Mapped[dict[str, str]] = mapped_column(JSON)
    position: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]


class Answer(HasUid, Base):
    """What one person answered to one question: in the column of its kind, or sealed.

    ``value_sealed`` is sealed JSON of the value (``rules.to_plain``). ``file`` names the sealed file on disk
    (``files``), ``file_size`` is in octets; what the file is called stands in the sealed value.
    """

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("recipient_id", "question_id"),
        Index(None, "question_id", "answered_at"),
        Index(None, "file"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id"))
    number: Mapped[float | None] = mapped_column(Double)
    day: Mapped[date | None] = mapped_column(Date)
    yes: Mapped[bool | None]
    country: Mapped[str | None] = mapped_column(String(2))
    value_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    value = Sealed()
    file: Mapped[str | None] = mapped_column(String(26))
    file_size: Mapped[int | None]
    answered_at: Mapped[datetime]


class AnswerChoice(Base):
    """A choice that an answer names: one for the kind choice, any number for several. Absent where it is sealed."""

    __tablename__ = "answer_choices"
    __table_args__ = (Index(None, "choice_id", "answer_id"),)

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True)
    choice_id: Mapped[int] = mapped_column(ForeignKey("question_choices.id"), primary_key=True)


class EndedFile(HasId, Base):
    """A file on disk whose answer was deleted: the tick removes it, then this row."""

    __tablename__ = "ended_files"

    name: Mapped[str] = mapped_column(String(26), unique=True)
