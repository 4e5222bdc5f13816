"""Rows that stand for the parameters of subscribers' URLs (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.delivery.models import Recipient
from mobilize.organisations.models import Organisation
from tests.crowd import make_list, make_people

_numbers = count(1)


def make_list_slug(house: Organisation) -> str:
    return make_list(house, f"shown-{next(_numbers)}").slug


def make_person(house: Organisation) -> str:
    (recipient_id,) = make_people(house, 1, [make_list(house, f"shown-{next(_numbers)}")])
    return session.scalars(select(Recipient.uid).where(Recipient.id == recipient_id)).one()


MAKERS = {"list_slug": make_list_slug, "person_uid": make_person}
