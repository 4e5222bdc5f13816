"""Frozen sources, kept once: the same source in one organisation is one row, found by its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from sqlalchemy import select

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.delivery.composing.composition import compose
from mobilize.delivery.composing.sources import Source
from mobilize.delivery.models import Content, Link
from mobilize.delivery.upsert import insert_new


def store_contents(organisation_id: int, sources: Sequence[Source]) -> list[int]:
    """Freeze the sources; their content ids in the same order.

    Raises:
        Refused: a source that cannot be composed, with its block and field: nothing is frozen that cannot be sent.
    """
    return [_stored(organisation_id, source) for source in sources]


def store_links(message_id: int, sources: Sequence[Source]) -> dict[str, int]:
    """Give every ordinary address in the sources a link row of this message; link ids by address.

    Raises:
        Refused: a source that cannot be composed, naming its block and field.
    """
    urls = sorted({url for source in sources for url in addresses_in(source)})
    if urls:
        rows = [{"message_id": message_id, "url": url, "url_digest": _url_digest(url), "clicks": 0} for url in urls]
        session.execute(insert_new(Link), rows)
    found = session.execute(select(Link.url, Link.id).where(Link.message_id == message_id))
    return {row.url: row.id for row in found}


def addresses_in(source: Source) -> list[str]:
    """The http(s) addresses that a mail of this source links to, each once, in order."""
    seen: dict[str, None] = {}

    def note(url: str) -> str:
        seen[url] = None
        return url

    compose(source, note)
    return list(seen)


def _stored(organisation_id: int, source: Source) -> int:
    data = source.to_json()
    digest = hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).digest()
    find = select(Content.id).where(Content.organisation_id == organisation_id, Content.digest == digest)
    found = session.scalar(find)
    if found is not None:
        return found
    compose(source, str)
    values = {"organisation_id": organisation_id, "digest": digest, "language": source.language, "source": data}
    session.execute(insert_new(Content).values(**values, created_at=clock.now()))
    return session.scalars(find).one()


def _url_digest(url: str) -> bytes:
    return hashlib.sha256(url.encode()).digest()
