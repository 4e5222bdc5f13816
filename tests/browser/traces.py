"""Everything that an installation keeps or prints, as bytes, and the search for people in it."""

from __future__ import annotations

import base64
import html
import json
import quopri
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from redis import Redis

from mobilize.core.settings import Settings
from mobilize.demo.accounts import known_accounts
from mobilize.demo.service import account_lines
from tests.browser.demonstration import Demonstration

LEFT_OUT = {
    "keys": "random bytes that are kept away from the database and its backups",
    "media": "pictures that an organisation publishes",
    "inbox": "the mailboxes of the people who are written to: their addresses are what it is for",
    "demo-accounts.txt": "the made-up accounts that were printed to log in with",
}
"""Of the data folder, what is not searched, and why."""

ANY_ADDRESS = re.compile(rb"[a-z0-9][a-z0-9._%+-]*@[a-z0-9.-]*example\.(?:org|net)")
SENDERS = re.compile(rb"(?:news|accounts|bounces(?:\+[0-9a-f]+)?)@[a-z0-9-]+\.example\.org")
"""The addresses that the organisations, and the installation for mail about accounts, publish on each mail."""


def kept(place: Demonstration) -> dict[str, bytes]:
    """Where something is kept or printed, and all of it."""
    found = {f"table {name}": content for name, content in tables(database(place.settings))}
    found |= {f"file {path.name}": path.read_bytes() for path in files(place.settings.data_dir)}
    found |= {f"redis {name}": content for name, content in redis_keys(place.settings)}
    return found | {"log": printed(place)}


def database(settings: Settings) -> Path:
    return Path(unquote(urlsplit(settings.database_url).path.removeprefix("/")))


def tables(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each table of an SQLite database with the bytes of all its values."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()
            yield name, b"\n".join(_bytes(value) for row in rows for value in row)


def files(folder: Path) -> Iterator[Path]:
    """The files of a data folder that hold no person by design; sockets and pipes are no files."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).parts[0] not in LEFT_OUT:
            yield path


def redis_keys(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Every key of Redis with its name and its content."""
    with Redis.from_url(settings.redis_url) as redis:
        for key in redis.scan_iter():
            yield key.decode(errors="replace"), key + b"\n" + _content(redis, key)


def printed(place: Demonstration) -> bytes:
    """What the service printed, but for the lines that tell how to log in to the demonstration."""
    greeting = {line.strip() for line in account_lines(known_accounts(place.settings))}
    lines = place.log.read_text(errors="replace").splitlines()
    return "\n".join(line for line in lines if line.strip() not in greeting).encode()


def traces_of(people: Iterable[str], haystacks: dict[str, bytes]) -> list[str]:
    """Where one of these addresses or names is, in any spelling: ``"table people: plain"``; it is not repeated."""
    spellings = [spelling for person in people for spelling in spellings_of(person)]
    found = set()
    for place, content in haystacks.items():
        low = content.lower()
        for name, needle in spellings:
            if needle in (content if name.startswith("base64") else low):
                found.add(f"{place}: {name}")
    return sorted(found)


def strangers(haystacks: dict[str, bytes]) -> list[str]:
    """Where any other address of the demonstration is than those that the organisations publish.

    In the raw bytes of a file an address may touch the value before it.
    """
    found = {
        (place, address)
        for place, content in haystacks.items()
        for address in ANY_ADDRESS.findall(content.lower())
        if not (SENDERS.search if place.startswith("file ") else SENDERS.fullmatch)(address)
    }
    return sorted(f"{place}: {address.decode()}" for place, address in found)


def spellings_of(text: str) -> Iterator[tuple[str, bytes]]:
    """How a text may be written down, each way once; all but base64 in lower case, as what is searched."""
    known = set()
    for name, needle in _spellings(text):
        if needle not in known:
            known.add(needle)
            yield name, needle


def _spellings(text: str) -> Iterator[tuple[str, bytes]]:
    plain = text.encode()
    yield "plain", plain.lower()
    yield "quoted-printable", quopri.encodestring(plain, quotetabs=True).strip().lower()
    yield "percent", quote(text, safe="").lower().encode()
    yield "JSON", json.dumps(text).strip('"').lower().encode()
    yield "HTML", html.escape(text).encode("ascii", "xmlcharrefreplace").lower()
    yield "hexadecimal", plain.hex().encode()
    yield "UTF-16", text.lower().encode("utf-16-le")
    for offset in range(3):
        yield f"base64 at {offset}", _inside_base64(plain, offset)


def _inside_base64(plain: bytes, offset: int) -> bytes:
    """The characters that do not depend on what stands around the text."""
    encoded = base64.b64encode(b"\0" * offset + plain).rstrip(b"=")
    return encoded[(0, 2, 3)[offset] : len(encoded) - (1 if (offset + len(plain)) % 3 else 0)]


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _content(redis: Redis, key: bytes) -> bytes:
    """The value of a key of any kind, as far as its kind has readable parts."""
    kind = redis.type(key).decode()
    readers = {
        "string": lambda: [redis.get(key)],
        "hash": lambda: [part for pair in redis.hgetall(key).items() for part in pair],
        "list": lambda: redis.lrange(key, 0, -1),
        "set": lambda: redis.smembers(key),
        "zset": lambda: redis.zrange(key, 0, -1),
    }
    if kind == "none":
        return b""
    return b"\n".join(part for part in readers[kind]() if part)
