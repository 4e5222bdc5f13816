"""Reading pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from mobilize.core.db import session
from mobilize.media.models import Document, Picture


def picture_named(organisation_id: int, name: str) -> Picture | None:
    """A picture of this organisation by its name in ``media/``."""
    return session.scalar(select(Picture).where(Picture.organisation_id == organisation_id, Picture.name == name))


def known_names(organisation_id: int, names: Iterable[str]) -> set[str]:
    """Those of ``names`` that are pictures of this organisation."""
    return set(
        session.scalars(
            select(Picture.name).where(Picture.organisation_id == organisation_id, Picture.name.in_(list(names)))
        )
    )


def is_served(name: str) -> bool:
    """Whether any organisation has a picture or a document of this name."""
    rows = (select(kind.id).where(kind.name == name).limit(1) for kind in (Picture, Document))
    return any(session.scalar(row) is not None for row in rows)


def newest_pictures(organisation_id: int, *, at_most: int = 60) -> Sequence[Picture]:
    """The organisation's pictures, newest first."""
    return session.scalars(
        select(Picture).where(Picture.organisation_id == organisation_id).order_by(Picture.id.desc()).limit(at_most)
    ).all()


def stored_octets(organisation_id: int) -> int:
    """What the organisation's pictures take on disk; one that two organisations have counts for both."""
    return session.scalar(select(func.sum(Picture.size)).where(Picture.organisation_id == organisation_id)) or 0
