"""A number that takes too long is given up, and the page says that it is being counted."""

from __future__ import annotations

import pytest
from sqlalchemy import func, literal_column, select, text

from mobilize.audiences import counting, views
from mobilize.audiences.compiling import everybody
from mobilize.audiences.counting import count_within, rows_within
from mobilize.audiences.service import create_segment
from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from tests.audiences.conftest import Browser, City

NUMBERS = select(literal_column("1").label("n")).cte("numbers", recursive=True)
ENDLESS = select(func.count()).select_from(NUMBERS.union_all(select(NUMBERS.c.n + 1)))


def test_a_count_that_takes_too_long_is_stopped(installation: Settings):
    """The transaction of the page goes on, and so does the next count on the same connection."""
    with db.reading():
        assert session.scalar(text("SELECT 1")) == 1
        assert rows_within(ENDLESS, 0.05) is None
        assert session.scalar(text("SELECT 1")) == 1
        assert count_within(everybody(0), 5) == 0


def test_a_page_says_counting_and_asks_again(city: City, browser: Browser, monkeypatch: pytest.MonkeyPatch):
    """The first answer comes at once; the number arrives by a request of its own, and without scripts by a link."""
    with db.writing():
        uid = create_segment(city.row.id, "French", {"condition": "language", "facts": {"languages": ["fr"]}}).uid
    real = counting.count_within
    monkeypatch.setattr(views, "count_within", lambda people, seconds: real(people, seconds) if seconds > 1 else None)
    here = f"{city.base}/{uid}"
    page = browser.page(here)
    assert "Counting …" in page
    assert f'hx-get="{here}/count"' in page
    later = browser.client.get(f"{here}/count", headers={"HX-Request": "true"}).text
    assert "2 people" in later
    assert "<html" not in later
    assert "2 people" in browser.page(f"{here}/count")
    monkeypatch.setattr(views, "count_within", lambda _people, _seconds: None)
    assert "Counting takes too long" in browser.page(f"{here}/count")
