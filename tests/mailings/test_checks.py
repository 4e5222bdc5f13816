"""What is found before anyone gets a mailing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete

from mobilize.core import db
from mobilize.core.db import session
from mobilize.mailings.checks import Problem, problems_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.organisations.signing_keys import make_dkim_key
from mobilize.subscribers.models import Subscription
from tests.mailings.conftest import CONTENT, House


def problems(house: House, *blocks: dict[str, Any], **version: Any) -> tuple[Problem, ...]:
    whole = {"subject": "Hello", "preheader": "", "blocks": list(blocks), **version}
    uid = house.mailing({**CONTENT, "languages": {"en": whole, "fr": CONTENT["languages"]["fr"]}})
    with db.reading():
        return problems_of(mailing_anywhere(uid))


def errors(found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(one for one in found if one.is_error)


def words(found: tuple[Problem, ...]) -> str:
    return "\n".join(f"{one.where}|{one.words}" for one in found)


TEXT = {"type": "text", "markdown": "Hello"}


def test_a_sound_mailing_has_no_problem(house: House) -> None:
    """With a signing key, a postal address, every language, and people."""
    with db.writing():
        make_dkim_key(house.row.id, "city.example.org")
    assert problems(house, TEXT) == ()


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "text", "markdown": "{{vorname}}"}, "English, block 1|{{vorname}} is not a field we know"),
        ({"type": "quote", "text": "x", "by": "{{ first_name }}"}, "block 1|{{ first_name }} stays empty"),
        ({"type": "links", "items": [{"text": "{{x}}", "url": "http://example.org"}]}, "{{x}} is not a field"),
        ({"type": "button", "text": "x", "url": "http://example.org"}, "http://example.org is not encrypted"),
        ({"type": "text", "markdown": "[here](example.org)"}, "The link to “example.org” has no whole address"),
    ],
)
def test_warnings_name_language_and_block(house: House, block: dict[str, Any], expected: str) -> None:
    """A warning is for the author to judge and keeps nothing back."""
    found = problems(house, block)
    assert expected in words(found)
    assert errors(found) == ()


def test_known_fields_are_no_problem(house: House) -> None:
    """With a word for people whose name is unknown."""
    found = problems(house, {"type": "text", "markdown": "{{first_name|friend}} {{ last_name | }} {{organisation}}"})
    assert "block 1" not in words(found)


def test_errors_come_first_and_keep_it_here(house: House) -> None:
    """No subject, nothing to read, nobody to read it."""
    with db.writing():
        session.execute(delete(Subscription))
    found = errors(problems(house, subject=""))
    assert [one.words for one in found] == [
        "Choose at least one list",
        "The subject is empty",
        "There is nothing to read yet",
    ]


def test_readers_of_a_missing_language_are_counted(house: House) -> None:
    """They get the default, and the author knows how many they are."""
    with db.reading():
        pass
    uid = house.mailing({**CONTENT, "languages": {"en": {"subject": "Hi", "blocks": [TEXT]}}})
    with db.reading():
        assert "2 people chose Français and will get English" in words(problems_of(mailing_anywhere(uid)))


def test_house_and_sender_are_looked_at(house: House) -> None:
    """A postal address, and a key for the sender's domain."""
    with db.writing():
        session.merge(house.row).postal_addresses = {}
    found = words(problems(house, TEXT, subject="x" * 100))
    assert "no postal address" in found
    assert "no signing key for city.example.org" in found
    assert "The subject is long" in found


def test_what_cannot_be_composed_is_an_error(house: House) -> None:
    """The limits of the mail's own form, found before launch."""
    found = errors(problems(house, {"type": "text", "markdown": "[" * 2_000}))
    assert "blocks[0]" in words(found)
