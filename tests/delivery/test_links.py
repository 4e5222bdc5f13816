"""Ordinary links of a mail: they lead only to stored addresses and are counted without naming anyone."""

from __future__ import annotations

import hashlib
import re

import pytest
from flask.testing import FlaskClient
from redis import ConnectionError as RedisAway
from sqlalchemy import case, literal, select, update

from mobilize.core import broker, clock, db
from mobilize.core.db import session
from mobilize.core.tokens import mint
from mobilize.delivery import links, queries
from mobilize.delivery.contents import composed, store_contents, store_links
from mobilize.delivery.messages import add_page, close_message
from mobilize.delivery.models import Link, Recipient
from mobilize.delivery.purposes import LINK, UNSUBSCRIBE
from mobilize.delivery.sending import upkeep
from tests.delivery.engine_world import FakeTransport, drain, make_world


@pytest.fixture
def mailing(client: FlaskClient) -> int:
    """A launched mailing that points to one page, beside the organisation's own."""
    return make_world(people=2).launch()


def path_of(mailing: int) -> str:
    """The path in the mail, the same for every reader."""
    transport = FakeTransport()
    drain(transport)
    found = {link_in(one.message) for one in transport.sent}
    assert len(found) == 1
    return found.pop()


def link_in(message: bytes) -> str:
    """The path of the one link in a mail."""
    pattern = rb"http://127\.0\.0\.1:8000(/l/[\w-]+)"
    (path,) = set(re.findall(pattern, message.replace(b"=\r\n", b"")))
    return path.decode()


def count(mailing: int) -> dict[str, int]:
    upkeep.count_clicks(clock.now())
    with db.reading():
        return dict(queries.clicks(mailing))


def test_a_link_leads_to_its_stored_address_and_is_counted(mailing: int, client: FlaskClient) -> None:
    """GET redirects and adds one; the tick brings the count into the database, once."""
    path = path_of(mailing)
    for _time in range(3):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"] == "https://example.org/news"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert count(mailing) == {"https://example.org/news": 3}
    assert count(mailing) == {"https://example.org/news": 3}


def test_head_counts_nothing(mailing: int, client: FlaskClient) -> None:
    """It asks where the link leads and does not go there."""
    assert client.head(path_of(mailing)).status_code == 302
    assert count(mailing) == {"https://example.org/news": 0}


def test_an_altered_link_leads_nowhere(mailing: int, client: FlaskClient) -> None:
    """No other address, no other purpose: 404."""
    path = path_of(mailing)
    assert client.get(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404
    assert client.get("/l/" + mint(UNSUBSCRIBE, 1, 1)).status_code == 404
    assert client.get("/l/" + mint(LINK, 999_999)).status_code == 404
    assert client.get("/l/https://evil.example.net").status_code == 404


def test_each_content_has_links_of_its_own(client: FlaskClient) -> None:
    """Clicks can be told apart by language; what is shown is still one number an address."""
    world = make_world(people=2)
    message_id = world.open()
    with db.writing():
        sources = [world.source("en"), world.source("fr")]
        ids = store_contents(world.organisation.id, sources)
        store_links(message_id, {one: composed(source) for one, source in zip(ids, sources, strict=True)})
        first = Recipient.id == world.people[0]
        content = case((first, literal(ids[0], db.BigId)), else_=literal(ids[1], db.BigId)).label("content_id")
        basis = literal(world.lists[0], db.BigId).label("basis_id")
        add_page(message_id, select(Recipient.id.label("recipient_id"), content, basis))
        close_message(message_id)
    transport = FakeTransport()
    drain(transport)
    paths = {one.recipient: link_in(one.message) for one in transport.sent}
    assert len(set(paths.values())) == 2
    for path in paths.values():
        assert client.get(path).headers["Location"] == "https://example.org/news"
    client.get(paths["reader-0@example.net"])
    assert count(message_id) == {"https://example.org/news": 3}
    with db.reading():
        assert dict(session.execute(select(Link.content_id, Link.clicks)).all()) == {ids[0]: 2, ids[1]: 1}


def test_a_message_of_an_earlier_version_keeps_its_links(mailing: int, client: FlaskClient) -> None:
    """Its contents share a link: copies that are rendered now lead to the row that earlier copies lead to."""
    digest = hashlib.sha256(b"https://example.org/news").digest()
    with db.writing():
        session.execute(update(Link).values(content_id=None, url_digest=digest))
        link_id = session.scalars(select(Link.id)).one()
    assert path_of(mailing) == f"/l/{mint(LINK, link_id)}"


def test_an_absent_redis_costs_the_count_not_the_visit(
    mailing: int, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader gets where they wanted."""
    path = path_of(mailing)

    def away() -> object:
        raise RedisAway("away")

    monkeypatch.setattr(broker, "redis", away)
    assert client.get(path).status_code == 302
    upkeep.count_clicks(clock.now())


def test_counts_survive_a_rolled_back_tick(mailing: int, client: FlaskClient) -> None:
    """What was taken from Redis is kept there until the database has it."""
    path = path_of(mailing)
    client.get(path)
    with db.writing():
        links.flush_clicks()
        db.abandon()
    client.get(path)
    with db.reading():
        assert session.scalars(select(Link.clicks)).all() == [0]
    assert count(mailing) == {"https://example.org/news": 1}
    assert count(mailing) == {"https://example.org/news": 2}
