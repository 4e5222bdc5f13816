"""An organisation with a list, readers of two languages, and a campaigner of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import lxml.html
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from mobilize.organisations.models import Organisation
from mobilize.subscribers.models import MailingList
from tests.crowd import make_list, make_people
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in


@dataclass
class City:
    """Three readers of English and two of French are on ``news``; ``readers`` are their ids by language."""

    row: Organisation
    news: MailingList
    readers: dict[str, list[int]] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"/studio/{self.row.slug}/people/segments"


@pytest.fixture
def city(installation: Settings) -> City:
    with db.writing():
        row = make_organisation()
        news = make_list(row, "news")
        readers = {"en": make_people(row, 3, [news]), "fr": make_people(row, 2, [news], "fr")}
        return City(row, news, readers)


@dataclass
class Browser:
    """A browser without scripts: it sends the fields of a page's form, and the button that was pressed."""

    client: FlaskClient

    def page(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    def send(self, page: str, action: str, **values: Any) -> TestResponse:
        """Send the form of ``page`` that goes to ``action`` with some fields filled in; None leaves one out."""
        form = next(one for one in lxml.html.document_fromstring(page).forms if one.get("action") == action)
        data: dict[str, Any] = {}
        for name, value in form.form_values():
            data.setdefault(name, []).append(value)
        data |= values
        return self.client.post(action, data={name: value for name, value in data.items() if value is not None})


@pytest.fixture
def browser(app: Flask, city: City) -> Browser:
    client = app.test_client()
    with db.writing():
        client.set_cookie(COOKIE, sign_in(city.row.id, Role.CAMPAIGNER))
    return Browser(client)
