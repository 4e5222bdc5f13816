"""A browser for the session and the site of each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from mobilize.core import db
from tests.browser.chromium import launched
from tests.browser.demonstration import Demonstration, demonstration
from tests.browser.journey import Story, walk
from tests.browser.serving import served
from tests.factories import make_organisation
from tests.staff import sign_in


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once a test process."""
    with launched() as found:
        yield found


@pytest.fixture(scope="session")
def place() -> Iterator[Demonstration]:
    """The whole service with its demonstration, started once a test process."""
    with demonstration() as running:
        yield running


@pytest.fixture(scope="session")
def story(place: Demonstration, browser: Browser) -> Story:
    """What one visitor and one campaigner met on their way."""
    return walk(place, browser)


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The address of the web application on the test's own installation."""
    with served(app) as base:
        yield base


@pytest.fixture
def staff(site: str) -> str:
    """The cookie of the owner of the organisation ``city`` on the site."""
    with db.writing():
        return sign_in(make_organisation(slug="city", name="City of Brussels").id)
