"""Rows that stand for the parameters of the URLs of calls to action (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from mobilize.actions.service import Facts, create_action
from mobilize.organisations.models import Organisation

_numbers = count(1)


def make_action(house: Organisation) -> str:
    return create_action(house.id, f"action-{next(_numbers)}", Facts({"en": "A petition"}, asks={"en": "Please."})).slug


MAKERS = {"action_slug": make_action}
