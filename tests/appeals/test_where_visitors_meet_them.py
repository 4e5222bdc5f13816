"""Where visitors meet an appeal beside its own page: the organisation's home and a campaign."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobilize.appeals import service as of_defenders
from mobilize.appeals.appeal import changes, queries, service
from mobilize.appeals.appeal.rules import Outcome
from mobilize.campaigns import service as campaigns
from mobilize.campaigns.service import Facts, assign, create_campaign
from mobilize.core import clock, db
from mobilize.core.when import unknown
from mobilize.organisations.models import Organisation
from tests.appeals.writing import WRITER, make_published, words
from tests.factories import make_organisation

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
PAGES = ("/city/?lang=en", "/city/campaigns/freedom?lang=en")


@pytest.fixture
def city(app: Flask) -> Organisation:
    """With an appeal that belongs to a published campaign."""
    with db.writing(), clock.frozen(NOW):
        house = make_organisation(slug="city", timezone="Europe/Brussels")
        campaign = create_campaign(house.id, "freedom", Facts({"en": "Freedom"}), unknown(house.timezone))
        campaigns.publish(campaign)
        assign(house.id, "appeal", make_published(house.id).uid, "freedom")
        return house


def shown(client: FlaskClient) -> list[str]:
    with clock.frozen(NOW):
        return [client.get(path).text for path in PAGES]


def test_an_open_appeal_stands_there(city: Organisation, client: FlaskClient) -> None:
    """With the way to its page."""
    for page in shown(client):
        assert "Free A. Example" in page
        assert "/city/appeals/appeal-" in page


def test_while_a_case_is_checked_nobody_is_named(city: Organisation, client: FlaskClient) -> None:
    """The home page leaves it out, the campaign shows its number."""
    with db.writing(), clock.frozen(NOW):
        (row,) = queries.appeals(city.id)
        (defender,) = queries.defenders_of(row)
        of_defenders.hold_everything(defender)
    home, campaign = shown(client)
    assert "/city/appeals/appeal-" not in home
    assert "UA 1/2026" in campaign
    assert "A. Example" not in home + campaign


@pytest.mark.parametrize("outcome", [Outcome.DIED, Outcome.WORSE, Outcome.STOPPED])
def test_an_outcome_that_must_not_ask_asks_nowhere(city: Organisation, client: FlaskClient, outcome: Outcome) -> None:
    """A title that asks stands nowhere any more."""
    with db.writing(), clock.frozen(NOW):
        (row,) = queries.appeals(city.id)
        service.change_draft(row, words(outcome=outcome), WRITER)
        changes.close(row)
    home, campaign = shown(client)
    assert "Free A. Example" not in home + campaign
    assert "/city/appeals/appeal-" not in home
    assert ("A. Example" in campaign) == (outcome is not Outcome.STOPPED)
