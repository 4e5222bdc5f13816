"""Reading everything: pages found by following addresses, and the database before and after."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from tests.browser.client import Answer, Client

OF_A_KIND = 2
"""How many pages that differ by an id only are read: of two hundred people, two."""

LIVING = {
    "heartbeats": "each worker says every few seconds that it lives",
    "clock_state": "the clock notes when it ticked last",
    "login_sessions": "the clock notes when each was last used, and forgets the idle ones",
}
"""Tables that change by themselves, whoever reads."""

COUNTED = ("links", "clicks")
"""The one column that a GET may add to: aggregate clicks."""

_IDS = (
    (re.compile(r"/[0-9]{19}-[0-9a-f]{8}"), "/<mail>"),
    (re.compile(r"/[a-z2-7]{26}\b"), "/<uid>"),
    (re.compile(r"/(c|p|u|l|reset|invitation)/[\w-]+"), r"/\1/<token>"),
    (re.compile(r"/[0-9a-f]{16,}"), "/<digest>"),
    (re.compile(r"/\d+\b"), "/<number>"),
)
_ADDRESSES = " | ".join(
    (
        "//@href",
        "//button[@name='then']/@value",
        "//@src",
        "//form[@method='get']/@action",
        "//@*[name()='hx-get']",
        "//@*[name()='data-worker']",
    )
)


def crawled(client: Client, base: str, starts: Iterable[str]) -> dict[str, Answer]:
    """Every page of the site that can be reached, at most ``OF_A_KIND`` of a kind, with its answer."""
    found: dict[str, Answer] = {}
    kinds: Counter[str] = Counter()
    waiting = deque(urljoin(base, start) for start in starts)
    while waiting:
        url = waiting.popleft()
        if url in found or kinds[kind_of(url)] >= OF_A_KIND:
            continue
        kinds[kind_of(url)] += 1
        found[url] = client.get(url)
        waiting.extend(one for one in _addresses(found[url]) if one.startswith(f"{base}/"))
    return found


def kind_of(url: str) -> str:
    """An address without what tells one row from another: ``/studio/brussels/people/<uid>?older``."""
    parts = urlsplit(url)
    path = parts.path
    for pattern, name in _IDS:
        path = pattern.sub(name, path)
    names = sorted({name for name, _value in parse_qsl(parts.query, keep_blank_values=True)})
    return "?".join([path, *(["&".join(names)] if names else [])])


def rows(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that does not live by itself, without the counted column."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return {name: list(_rows(connection, name)) for name in _tables(connection) if name not in LIVING}


def clicks(database: Path) -> int:
    """All clicks that were counted so far."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT coalesce(sum(clicks), 0) FROM links").fetchone()[0])


def is_at_rest(database: Path) -> bool:
    """Whether no mail is on its way and no mailing about to leave."""
    on_the_way = "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'claimed', 'attempting', 'deferred')"
    leaving = "SELECT count(*) FROM mailings WHERE state = 'scheduled' AND send_at < datetime('now', '+1 hour')"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        unfinished = "SELECT count(*) FROM messages WHERE state NOT IN ('finished', 'cancelled')"
        return not any(connection.execute(query).fetchone()[0] for query in (on_the_way, leaving, unfinished))


def _addresses(page: Answer) -> Iterator[str]:
    """Where a page or a redirect points to."""
    if "Location" in page.headers:
        yield urljoin(page.url, page.headers["Location"])
    if page.headers.get_content_type() == "text/html" and page.body:
        for address in page.document.xpath(_ADDRESSES):
            yield urldefrag(urljoin(page.url, str(address)))[0]


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[tuple[object, ...]]:
    columns = [column[1] for column in connection.execute(f'PRAGMA table_info("{table}")')]
    chosen = ", ".join(f'"{name}"' for name in columns if (table, name) != COUNTED)
    yield from connection.execute(f'SELECT {chosen} FROM "{table}" ORDER BY rowid')
