"""Roles and the organisation that somebody works for, for those who know no web: tables, commands, services."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """A user's part in one organisation; each includes the ones after it.

    A steward has only the permissions that a feature grants for single things (``Feature.grants``), such as an event.
    """

    OWNER = "owner"
    CAMPAIGNER = "campaigner"
    VIEWER = "viewer"
    STEWARD = "steward"


@dataclass(frozen=True)
class OrganisationRef:
    """The organisation that a request is about; its name is in the reader's language, and may be blank."""

    id: int
    uid: str
    slug: str
    name: str
