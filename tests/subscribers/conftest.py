"""An organisation with two public lists and a private one, and a person on two of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from mobilize.cli import main
from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from mobilize.core.tokens import mint
from mobilize.delivery.models import RecipientKind
from mobilize.delivery.purposes import UNSUBSCRIBE
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.organisations.queries import Brand, brand
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.queries import lists
from mobilize.subscribers.service import create_list, subscribe
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in

PERSON = "amina@example.org"


@dataclass(frozen=True)
class City:
    """The organisation ``city``; ``ids`` and ``uids`` of the lists news, urgent and press (private) by slug."""

    brand: Brand
    ids: dict[str, int]
    uids: dict[str, str]


@pytest.fixture
def city(app: Flask) -> City:
    with db.writing():
        found = make_organisation(slug="city", name="City of Brussels")
        create_list(found.id, "news", {"en": "Newsletter", "fr": "Lettre d’information"})
        create_list(found.id, "urgent", {"en": "Urgent actions"})
        create_list(found.id, "press", {"en": "Press"}, is_public=False)
        rows = lists(found.id)
        return City(brand(found.id), {row.slug: row.id for row in rows}, {row.slug: row.uid for row in rows})


@pytest.fixture
def amina(city: City) -> int:
    """The recipient id of somebody who is on ``news`` and ``urgent``."""
    return add(city, PERSON, "news", "urgent")


@pytest.fixture
def owner(city: City, client: FlaskClient) -> FlaskClient:
    """The browser of the organisation's owner."""
    with db.writing():
        client.set_cookie(COOKIE, sign_in(city.brand.id, Role.OWNER))
    return client


@pytest.fixture
def command(city: City, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """Runs ``mobilize`` on the test's installation, and connects to it again afterwards."""
    monkeypatch.setenv("MOBILIZE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MOBILIZE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("MOBILIZE_REDIS_URL", settings.redis_url)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    return run


@pytest.fixture
def bring(command, tmp_path: Path):
    """Imports text or bytes into the list ``news``; the report."""

    def run(content: str | bytes, *options: str, name: str = "people.csv") -> dict[str, object]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        arguments = ("import", str(path), "--org", "city", "--list", "news", "--consent", "I agreed on paper", "--json")
        result = command(*arguments, *options)
        assert result.exit_code == 0, result.output
        found: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
        return found

    return run


def add(city: City, address: str, *slugs: str, language: str = "en") -> int:
    """A person on these lists; their recipient id."""
    with db.writing():
        recipient = find_or_create_recipient(
            city.brand.id, city.brand.uid, RecipientKind.PERSON, address, language, "Amina", "Benali"
        )
        subscribe(recipient.id, [city.ids[slug] for slug in slugs], Evidence("double-opt-in", "I agree"))
        return recipient.id


def unsubscribe_path(recipient_id: int, list_id: int) -> str:
    return f"/u/{mint(UNSUBSCRIBE, recipient_id, list_id)}"
