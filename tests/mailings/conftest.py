"""A house with two lists and readers of two languages, a campaigner signed in, and ways to let time pass."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mobilize.audiences.audience import Audience
from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.organisations.models import Organisation
from mobilize.subscribers.models import MailingList
from tests.crowd import make_list, make_people
from tests.factories import make_organisation
from tests.mailings.postman import Postman, on_duty
from tests.staff import COOKIE, sign_in

_TOKEN = re.compile(r'name="form_token"[^>]*value="([^"]+)"')

CONTENT: dict[str, Any] = {
    "name": "December letter",
    "sender": {"name": "The city", "address": "news@city.example.org"},
    "languages": {
        "en": {
            "subject": "Peace for {{first_name|you}}",
            "preheader": "Two weeks",
            "blocks": [
                {"type": "heading", "text": "Two weeks of peace"},
                {
                    "type": "text",
                    "markdown": "Dear {{first_name|friend}}, {{7*7}} [programme](https://example.org/programme)",
                },
                {"type": "button", "text": "Read it", "url": "https://example.org/read"},
            ],
        },
        "fr": {
            "subject": "La paix",
            "preheader": "",
            "blocks": [{"type": "text", "markdown": "Cher {{first_name|ami}}, bonjour"}],
        },
    },
}


@dataclass
class House:
    """An organisation with lists ``newsletter`` (3 English, 2 French readers) and ``urgent`` (1 of them)."""

    row: Organisation
    newsletter: MailingList
    urgent: MailingList

    @property
    def base(self) -> str:
        return f"/studio/{self.row.slug}/mailings"

    def mailing(self, content: dict[str, Any] = CONTENT) -> str:
        """A draft to both lists; its uid."""
        with db.writing():
            text = parse_content_file(json.dumps(content))
            return service.create_mailing(Audience.of(self.row.id, [self.newsletter.id, self.urgent.id]), text).uid


@pytest.fixture
def house(installation: object) -> House:
    with db.writing():
        row = make_organisation()
        newsletter, urgent = make_list(row, "newsletter"), make_list(row, "urgent")
        make_people(row, 2, [newsletter])
        make_people(row, 1, [newsletter, urgent])
        make_people(row, 1, [newsletter], "fr")
        make_people(row, 1, [newsletter], "fr-BE")
    return House(row, newsletter, urgent)


@dataclass
class Campaigner:
    """A member of staff with a browser."""

    client: FlaskClient

    def get(self, path: str, status: int = 200) -> str:
        response = self.client.get(path)
        assert response.status_code == status, response.text
        return response.text

    def post(self, page: str, action: str | None = None, **values: object) -> TestResponse:
        """Fill in and send the form of ``page`` (to ``action``)."""
        token = _TOKEN.search(self.get(page))
        assert token is not None
        return self.client.post(action or page, data={**values, "form_token": token[1]})


@pytest.fixture
def sign(client: FlaskClient, house: House) -> Callable[[Role], Campaigner]:
    def signed(role: Role) -> Campaigner:
        with db.writing():
            client.set_cookie(COOKIE, sign_in(house.row.id, role))
        return Campaigner(client)

    return signed


@pytest.fixture
def campaigner(sign: Callable[[Role], Campaigner]) -> Campaigner:
    return sign(Role.CAMPAIGNER)


@pytest.fixture
def postman(installation: Settings) -> Iterator[Postman]:
    with on_duty(installation) as found:
        yield found
