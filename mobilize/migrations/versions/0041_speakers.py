"""Speakers with a part, a function and an organisation each; pictures of events.

What was written one speaker a line becomes a speaker each, with the whole line as their name.
"""

import base64
import secrets
from itertools import zip_longest

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_POINTS = sa.table("agenda_points", sa.column("id"), sa.column("speakers", sa.JSON))
_SPEAKERS = sa.table(
    "speakers",
    *map(sa.column, ("uid", "point_id", "position", "part")),
    *(sa.column(name, sa.JSON) for name in ("names", "functions", "organisations")),
)


def upgrade() -> None:
    op.create_table(
        "speakers",
        sa.Column("point_id", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column(
            "part",
            sa.Enum("speaker", "panellist", "moderator", name="speakerpart", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("functions", sa.JSON(), nullable=False),
        sa.Column("organisations", sa.JSON(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["point_id"], ["agenda_points.id"], name="fk_speakers_point_id"),
        sa.PrimaryKeyConstraint("id", name="pk_speakers"),
        sa.UniqueConstraint("uid", name="uq_speakers_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_speakers_point_id", "speakers", ["point_id"])
    op.create_table(
        "event_pictures",
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("picture_id", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("alternative_texts", sa.JSON(), nullable=False),
        sa.Column("captions", sa.JSON(), nullable=False),
        sa.Column("uid", sa.String(length=26), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_event_pictures_event_id"),
        sa.ForeignKeyConstraint(["picture_id"], ["pictures.id"], name="fk_event_pictures_picture_id"),
        sa.PrimaryKeyConstraint("id", name="pk_event_pictures"),
        sa.UniqueConstraint("event_id", "picture_id", name="uq_event_pictures_event_id_picture_id"),
        sa.UniqueConstraint("uid", name="uq_event_pictures_uid"),
        sqlite_autoincrement=True,
    )
    connection = op.get_bind()
    for point in connection.execute(sa.select(_POINTS)).all():
        for row in _rows(point.id, point.speakers or {}):
            connection.execute(_SPEAKERS.insert().values(row))
    op.drop_column("agenda_points", "speakers")


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")


def _rows(point_id: int, texts: dict[str, str]) -> list[dict[str, object]]:
    """A speaker for each line; the lines of several languages belong together in their order."""
    lines = {tag: [line.strip() for line in text.splitlines() if line.strip()] for tag, text in texts.items()}
    together = zip_longest(*lines.values(), fillvalue="")
    return [
        {
            "uid": base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower(),
            "point_id": point_id,
            "position": position,
            "part": "speaker",
            "names": {tag: name for tag, name in zip(lines, names, strict=True) if name},
            "functions": {},
            "organisations": {},
        }
        for position, names in enumerate(together, start=1)
    ]
