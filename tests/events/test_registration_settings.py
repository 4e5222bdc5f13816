"""The settings of an event's registration: what they refuse, and when visitors can register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.core import db
from mobilize.core.db import session
from mobilize.events.registrations.models import Registration
from tests.events.conftest import BEFORE
from tests.events.test_registering import PATH, ask
from tests.signup.visiting import press


@pytest.fixture(autouse=True)
def before_it() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"capacity": "0"}, "Choose from 1"),
        ({"keep_days": "0"}, "Choose from 1"),
        ({"capacity": "many"}, "Not a valid integer value"),
        ({"opens_at": "2018-05-10T12:00", "closes_at": "2018-05-09T12:00"}, "It has to close after it opens"),
        ({"opens_at": "0001-01-01T00:00"}, "Choose a year from"),
        ({"closes_at": "9999-12-31T23:59"}, "Choose a year from"),
        ({"closes_at": "2018-03-25T02:30"}, "there is no such time"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(
    campaigner: FlaskClient, lecture: str, typed: dict[str, str], words: str
) -> None:
    path = f"/studio/centre/calendar/{lecture}/registrations/form"
    answer = press(campaigner, path, **{"is_open": "y", "keep_days": "30", **typed})
    assert (answer.status_code, words in answer.text) == (422, True)
    with db.reading():
        assert session.scalars(select(Registration.id)).first() is None


def test_it_opens_and_closes_by_the_clock(client: FlaskClient, campaigner: FlaskClient, lecture: str) -> None:
    path = f"/studio/centre/calendar/{lecture}/registrations/form"
    times = {"opens_at": "2018-05-05T12:00", "closes_at": "2018-05-10T12:00"}
    press(campaigner, path, **{"is_open": "y", "keep_days": "30", **times})
    assert "Registration opens on" in client.get(f"{PATH}/register").text
    with time_machine.travel(datetime(2018, 5, 6, tzinfo=UTC), tick=False):
        assert ask(client).status_code == 303
        assert f'href="{PATH}/register"' in client.get(PATH).text
    with time_machine.travel(datetime(2018, 5, 11, tzinfo=UTC), tick=False):
        assert "Registration is closed" in client.get(f"{PATH}/register").text
        assert f'href="{PATH}/register"' not in client.get(PATH).text
