"""Each published appeal has the next number of its organisation and year: no gap, no double."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from mobilize.appeals.appeal import queries, service
from mobilize.core import clock, db
from mobilize.core.settings import Settings
from tests.appeals.writing import approve, make_draft, make_published
from tests.factories import make_organisation


@pytest.fixture
def house(installation: Settings) -> int:
    with db.writing():
        return make_organisation(slug="city", timezone="Europe/Brussels").id


def test_numbers_count_within_an_organisation_and_a_year(house: int) -> None:
    """The year is that of the organisation's clock; a draft that is deleted leaves no gap."""
    with clock.frozen(datetime(2026, 12, 31, 22, 59, tzinfo=UTC)), db.writing():
        first = make_published(house)
        service.delete_draft(make_draft(house))
        assert [queries.reference_of(one) for one in (first, make_published(house))] == ["UA 1/2026", "UA 2/2026"]
        assert queries.reference_of(make_published(make_organisation(slug="other").id)) == "UA 1/2026"
    with clock.frozen(datetime(2026, 12, 31, 23, 1, tzinfo=UTC)), db.writing():
        assert queries.reference_of(make_published(house)) == "UA 1/2027"


def test_a_draft_has_no_number(house: int) -> None:
    """There is nothing to refer to yet."""
    with db.writing():
        assert queries.reference_of(make_draft(house)) == ""


def test_appeals_published_at_once_get_different_numbers(house: int) -> None:
    """Ten transactions at once: ten numbers in a row."""
    with db.writing():
        drafts = [make_draft(house) for _ in range(10)]
        for row in drafts:
            approve(row)
        slugs = [row.slug for row in drafts]
    start = threading.Barrier(len(slugs))

    def publish(slug: str) -> None:
        start.wait()
        with db.writing():
            service.publish(queries.appeal_by_slug(house, slug))

    threads = [threading.Thread(target=publish, args=(slug,)) for slug in slugs]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    with db.reading():
        assert sorted(row.number or 0 for row in queries.public_appeals(house)) == list(range(1, 11))
