"""Frozen sources, kept once: the same source in one organisation is one row, found by its digest.

Source -> composed (slow: outside any writing transaction) -> Composed -> store_contents, store_links (rows only)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.delivery.composing.composition import compose
from mobilize.delivery.composing.email_pages import require_facts
from mobilize.delivery.composing.sources import Source
from mobilize.delivery.models import Content, Link
from mobilize.delivery.upsert import insert_new

FRESH = timedelta(days=30)
"""For so long a content that is frozen once more is not written to."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A source that was composed, so that it can be sent; ``addresses`` are the http(s) ones that it links to."""

    source: Source
    addresses: tuple[str, ...]


def composed(source: Source) -> Composed:
    """Compose a source to learn what it links to. Takes hundredths of a second: open no writing transaction for it.

    Raises:
        Refused: a source that cannot be sent, with its block and field.
    """
    seen: dict[str, None] = {}

    def note(url: str) -> str:
        seen[url] = None
        return url

    compose(source, note)
    return Composed(source, tuple(seen))


def store_contents(organisation_id: int, sources: Sequence[Source]) -> list[int]:
    """Freeze the sources; their content ids in the same order. None is composed: see ``composed``.

    Raises:
        Refused: a source without a value that its template asks for.
    """
    return [_stored(organisation_id, source) for source in sources]


def store_links(message_id: int, contents: Mapping[int, Composed]) -> None:
    """Give every address in these contents, by their ids, a link row of this message; those it has stay."""
    rows = [
        {
            "message_id": message_id,
            "content_id": content_id,
            "url": url,
            "url_digest": _url_digest(content_id, url),
            "clicks": 0,
        }
        for content_id, one in sorted(contents.items())
        for url in one.addresses
    ]
    if rows:
        session.execute(insert_new(Link), rows)


def _stored(organisation_id: int, source: Source) -> int:
    data = source.to_json()
    digest = hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).digest()
    find = select(Content.id).where(Content.organisation_id == organisation_id, Content.digest == digest)
    found = session.execute(find.add_columns(Content.created_at)).first()
    if found is not None and (clock.now() - found.created_at < FRESH or _frozen_again(found.id)):
        known: int = found.id
        return known
    require_facts(source)
    values = {"organisation_id": organisation_id, "digest": digest, "language": source.language, "source": data}
    session.execute(insert_new(Content).values(**values, created_at=clock.now()))
    return session.scalars(find).one()


def _frozen_again(content_id: int) -> bool:
    """Note that the content is in use: ``retention`` deletes what was not for long; false if it just did."""
    again = update(Content).where(Content.id == content_id).values(created_at=clock.now()).returning(Content.id)
    return session.scalar(again) is not None


def _url_digest(content_id: int, url: str) -> bytes:
    return hashlib.sha256(f"{content_id} {url}".encode()).digest()
