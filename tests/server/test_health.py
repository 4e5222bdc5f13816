"""What watching machines are told, and which of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from mobilize.app import create_app
from mobilize.core import broker, clock, db, heartbeat
from mobilize.core.heartbeat import ClockState
from mobilize.core.settings import Settings

NOW = datetime(2026, 2, 26, 14, 0, tzinfo=UTC)


@pytest.fixture
def alive(app: object) -> None:
    """Every queue has a worker and the clock ticked, both a moment before NOW."""
    with db.writing():
        for queue in broker.QUEUES:
            heartbeat.beat(f"{queue}@here", queue, NOW - timedelta(seconds=5))
        db.session.merge(ClockState(id=1, last_tick_at=NOW - timedelta(seconds=5)))


def test_ready_when_all_parts_are_there(client: FlaskClient, alive: None) -> None:
    """200 with the age of the last tick, and nothing missing."""
    with clock.frozen(NOW):
        answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json["ready"] is True
    assert answer.json["missing"] == []
    assert answer.json["tick_age_seconds"] == 5.0


def test_a_silent_worker_and_an_old_tick_are_named(client: FlaskClient, alive: None) -> None:
    """After a minute of silence a worker counts as gone, and so does the clock."""
    with db.writing():
        heartbeat.farewell("bulk@here")
    with clock.frozen(NOW):
        assert client.get("/readyz").json["missing"] == ["worker:bulk"]
    with clock.frozen(NOW + timedelta(seconds=120)):
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json["missing"] == [*(f"worker:{queue}" for queue in broker.QUEUES), "tick"]


def test_redis_that_is_away_is_named(client: FlaskClient, installation: Settings, alive: None) -> None:
    """The rest is still told."""
    broker.connect(replace(installation, redis_url="unix:///nowhere/redis.sock"))

    with clock.frozen(NOW):
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json["missing"] == ["redis"]


def test_a_database_that_is_away_is_named(
    client: FlaskClient, alive: None, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    """/readyz says so instead of failing, and /healthz stays well."""
    elsewhere = create_engine(f"sqlite:///{tmp_path}/no/such/folder/mobilize.db")
    monkeypatch.setattr(db, "_engine", elsewhere)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json["missing"][0] == "database"
    assert client.get("/healthz").status_code == 200


def test_metrics_are_for_this_machine_where_no_token_is_set(client: FlaskClient, installation: Settings) -> None:
    """On loopback they are open; an installation that others reach shows nothing without a token."""
    assert client.get("/metrics").status_code == 200
    public = create_app(replace(installation, base_url="https://news.example.org")).test_client()

    assert public.get("/metrics", base_url="https://news.example.org").status_code == 404


def test_metrics_take_the_token_where_one_is_set(installation: Settings) -> None:
    """Without it, or with another, there is no such page, from this machine either."""
    client = create_app(replace(installation, metrics_token="open-sesame")).test_client()

    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer open"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer open-sesame"}).status_code == 200


def test_strangers_are_not_told_which_part_is_missing(installation: Settings, alive: None) -> None:
    """Only whether all is well; names, as metrics, are for whoever may read those."""
    public = create_app(replace(installation, base_url="https://news.example.org", metrics_token="open-sesame"))
    client, here = public.test_client(), {"base_url": "https://news.example.org"}
    with clock.frozen(NOW + timedelta(seconds=120)):
        told = client.get("/readyz", headers={"Authorization": "Bearer open-sesame"}, **here)
        answer = client.get("/readyz", **here)
    assert (answer.status_code, answer.json) == (503, {"ready": False})
    assert "tick" in told.json["missing"]
