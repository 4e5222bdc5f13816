"""Decisions about paths; pure."""

from __future__ import annotations

from mobilize.core.links import inside

START = "/studio/"


def own_path(wanted: str | None) -> str:
    """``wanted`` if it is a page of the studio, else the studio's start: a login never leads to another site."""
    return inside(wanted, START) or START
