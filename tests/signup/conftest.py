"""An organisation with two public lists, a private one, and its main sign-up form; challenges that cost little."""

from __future__ import annotations

import pytest
from flask import Flask

from mobilize.core import db
from mobilize.organisations.queries import Brand, brand
from mobilize.signup.service import FormFacts, create_form
from mobilize.subscribers.queries import lists
from mobilize.subscribers.service import create_list
from mobilize.visitors import challenges
from tests.factories import make_organisation


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenges, "ROUNDS", 10)


@pytest.fixture
def city(app: Flask) -> Brand:
    """The organisation ``city``: lists ``news``, ``urgent`` and the private ``press``; form ``subscribe``."""
    with db.writing():
        found = make_organisation(slug="city", name="City of Brussels")
        news = create_list(found.id, "news", {"en": "Newsletter", "fr": "Lettre d’information"})
        urgent = create_list(found.id, "urgent", {"en": "Urgent actions"}, {"en": "When somebody is in danger."})
        create_list(found.id, "press", {"en": "Press"}, is_public=False)
        create_form(
            found.id,
            "subscribe",
            FormFacts(
                wording={"en": "I agree to receive this.", "fr": "J’accepte de recevoir ceci."},
                list_ids=[news.id, urgent.id],
                titles={"en": "Stay informed", "fr": "Restez informés"},
                thanks={"en": "Thank you for your interest."},
                asks_last_name=True,
            ),
        )
        return brand(found.id)


@pytest.fixture
def uids(city: Brand) -> dict[str, str]:
    """The lists' uids by slug, as the form posts them."""
    with db.reading():
        return {row.slug: row.uid for row in lists(city.id)}
