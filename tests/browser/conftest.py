"""A browser for the session and the site of each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser.chromium import launched
from tests.browser.serving import served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once a test process."""
    with launched() as found:
        yield found


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The address of the web application on the test's own installation."""
    with served(app) as base:
        yield base
