"""Whoever takes the database, Redis and the logs learns no address and no name."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis

from mobilize.demo.accounts import known_accounts
from tests.browser import journey, staging, traces
from tests.browser.demonstration import Demonstration
from tests.browser.journey import Story

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

PEOPLE = (
    journey.ADDRESS,
    journey.ADDRESS.partition("@")[0],
    journey.FIRST_NAME,
    journey.LAST_NAME,
    staging.WAITING,
    staging.CONFIRMED,
    staging.INVITED,
    "gone@example.org",
)


@pytest.fixture(scope="module")
def kept(place: Demonstration, story: Story) -> dict[str, bytes]:
    """All that is kept and printed, once the visitor's way is walked to its end."""
    assert story.farewell
    return traces.kept(place)


def test_no_address_and_no_name_is_kept_in_the_open(place: Demonstration, story: Story, kept: dict[str, bytes]) -> None:
    """Neither of who signed up, nor of who was invited, nor of who works here, nor of who left."""
    staff = [account.address for account in known_accounts(place.settings)]
    assert traces.traces_of([*PEOPLE, story.one_click_by, *staff], kept) == []


def test_no_address_is_kept_but_those_that_organisations_publish(kept: dict[str, bytes]) -> None:
    """Also none of the thousand readers whom no test names."""
    assert traces.strangers(kept) == []


def test_everything_is_searched(kept: dict[str, bytes]) -> None:
    """What is searched holds what it should: rows, the database's own files, counters, the service's words."""
    assert journey.TARGET.encode() in kept["table links"]
    assert b"newsletter" in kept["file mobilize.db"]
    assert "file mobilize.db-wal" in kept
    assert any(name.startswith("redis ") for name in kept)
    assert b"Mobilize is ready" in kept["log"]


@pytest.mark.parametrize("person", PEOPLE)
def test_the_search_finds_every_spelling(person: str) -> None:
    """A needle in each spelling, wherever it begins, is found and called by its name."""
    for name, needle in traces.spellings_of(person):
        assert f"log: {name}" in traces.traces_of([person], {"log": b"\x00before " + needle + b" after"})
    assert traces.traces_of([person], {"log": b"before and after"}) == []


def test_the_search_finds_what_is_planted(place: Demonstration, tmp_path: Path) -> None:
    """An address in a row, in a file, in a key of Redis, or in the log would be found there."""
    planted = "planted.needle@example.net"
    _plant_in_database(tmp_path / "mobilize.db", planted)
    (tmp_path / "run.txt").write_text(planted.upper())
    with Redis.from_url(place.settings.redis_url) as redis:
        redis.hset("planted", planted, "1")
        try:
            found = dict(traces.redis_keys(place.settings))
        finally:
            redis.delete("planted")
    found |= {path.name: path.read_bytes() for path in traces.files(tmp_path)}
    found |= dict(traces.tables(tmp_path / "mobilize.db"))
    assert traces.traces_of([planted], found) == [
        "mobilize.db: plain",
        "people: plain",
        "planted: plain",
        "run.txt: plain",
    ]
    assert "people: planted.needle@example.net" in traces.strangers(found)


def _plant_in_database(path: Path, words: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE people (contact BLOB)")
        connection.execute("INSERT INTO people VALUES (?)", (words.encode(),))
        connection.commit()
