"""Rows that stand for the parameters of the engine's URLs (see tests/test_permissions.py)."""

from __future__ import annotations

from mobilize.core.db import new_uid
from mobilize.delivery.models import SuppressionReason
from mobilize.delivery.suppression.service import suppress
from mobilize.organisations.models import Organisation


def make_mark(house: Organisation) -> str:
    index = new_uid().encode()[:16]
    suppress(house.id, index, SuppressionReason.MANUAL, "Asked by phone")
    return index.hex()


MAKERS = {"mark": make_mark}
