"""Rows that stand for the parameters of sign-up forms' URLs (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from mobilize.organisations.models import Organisation
from mobilize.signup.service import FormFacts, create_form
from tests.crowd import make_list

_numbers = count(1)


def make_form(house: Organisation) -> str:
    facts = FormFacts({"en": "I agree"}, [make_list(house, f"of-a-form-{next(_numbers)}").id], {"en": "Letters"})
    return create_form(house.id, f"form-{next(_numbers)}", facts).slug


MAKERS = {"form_slug": make_form}
