"""The demonstration's appeals say what the city's page says, in English and French; two ended in a release."""

from __future__ import annotations

from datetime import UTC, datetime

from mobilize.app import create_app
from mobilize.appeals.appeal import queries, showing
from mobilize.appeals.appeal.rules import AppealState, Outcome
from mobilize.core import clock, db
from mobilize.core.settings import Settings
from mobilize.organisations.queries import brand_by_slug

LONG_AFTER = datetime(2099, 1, 1, tzinfo=UTC)


def test_two_appeals_ended_in_a_release_and_one_is_open(demonstration: Settings) -> None:
    """Each was approved by another than its writer, and is written in both languages."""
    with db.reading():
        house = brand_by_slug("brussels")
        found = {row.slug: row for row in queries.appeals(house.id)}
        assert {slug: row.outcome for slug, row in found.items()} == {
            "raif-badawi": Outcome.RELEASED,
            "loujain-al-hathloul": Outcome.RELEASED,
            "vahid-afkari-and-dorgelesse-nguessan": None,
        }
        for row in found.values():
            words = queries.published_of(row)
            assert set(words.titles) == set(words.happened) == set(words.demands) == {"en", "fr"}
        assert found["vahid-afkari-and-dorgelesse-nguessan"].state is AppealState.ACTIVE
        assert showing.names(found["raif-badawi"]) == ["Raif Badawi"]


def test_their_pages_give_the_dates_of_the_seed(demonstration: Settings) -> None:
    """Good news stands on the pages of the released, however old the reviews are, and no ask."""
    client = create_app(demonstration).test_client()
    dates = {"raif-badawi": "11 March 2022", "loujain-al-hathloul": "10 February 2021"}
    with clock.frozen(LONG_AFTER):
        for slug, day in dates.items():
            page = client.get(f"/brussels/appeals/{slug}?lang=en").text
            assert "Good news: released." in page
            assert day in page
            assert "What we ask for" not in page
