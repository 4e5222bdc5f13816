"""A mail address is accepted and normalised as the validator says, whichever way it is checked."""

from __future__ import annotations

from itertools import product

import pytest
from email_validator import EmailNotValidError, validate_email

from mobilize.core.errors import Refused
from mobilize.core.text import mail_address

LOCALS = ("a", "a.b", "a..b", ".a", "a.", "a" * 64, "a" * 65, "A+b", "a b", '"x"', "é", "a_b-c", "a/b", "-a", "")
DOMAINS = (
    "example.org",
    "EXAMPLE.org",
    "localhost",
    "x.invalid",
    "-a.org",
    "é.org",
    "[127.0.0.1]",
    "a..org",
    "",
    "b@c.org",
)


@pytest.mark.parametrize("address", [f"{local}@{domain}" for local, domain in product(LOCALS, DOMAINS)])
def test_the_quick_way_agrees_with_the_validator(address: str):
    """A plain local part with a known domain skips the validator; the answer is the same."""
    try:
        wanted = validate_email(address, check_deliverability=False, test_environment=True, strict=True).normalized
    except EmailNotValidError:
        wanted = None
    try:
        found = mail_address("email", address)
    except Refused:
        found = None
    assert found == wanted
