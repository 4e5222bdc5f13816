"""Rows that stand for the parameters of segments' URLs (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from mobilize.audiences.service import create_segment
from mobilize.organisations.models import Organisation

_numbers = count(1)


def make_segment(house: Organisation) -> str:
    tree = {"condition": "language", "facts": {"languages": ["fr"]}}
    return create_segment(house.id, f"Readers of French {next(_numbers)}", tree).uid


MAKERS = {"segment_uid": make_segment}
