"""Rows that stand for the parameters of URLs of appeals (see tests/test_permissions.py)."""

from __future__ import annotations

from mobilize.organisations.models import Organisation
from tests.appeals.writing import make_published


def make_appeal(house: Organisation) -> str:
    return make_published(house.id).slug


MAKERS = {
    "appeal_slug": make_appeal,
    **{f"appeal_changes.{name}:change": lambda _house: "closed" for name in ("ask", "apply")},
}
