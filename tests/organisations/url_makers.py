"""Rows that stand for the parameters of organisations' URLs (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.organisations.models import DkimKey, Organisation
from mobilize.organisations.signing_keys import make_dkim_key

_numbers = count(1)


def make_key(house: Organisation) -> str:
    make_dkim_key(house.id, f"{next(_numbers)}.example.org")
    newest = select(DkimKey.uid).where(DkimKey.organisation_id == house.id).order_by(DkimKey.id.desc())
    return session.scalars(newest.limit(1)).one()


MAKERS = {"key_uid": make_key}
