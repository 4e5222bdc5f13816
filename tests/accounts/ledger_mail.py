"""What the ledger holds for a person: the links that their mail would carry."""

from __future__ import annotations

from sqlalchemy import select

from mobilize.core import db, links
from mobilize.core.db import session
from mobilize.delivery.models import Content, Delivery, Message
from mobilize.delivery.personal import open_facts


def mailed_links(template: str) -> list[str]:
    """The paths of the action links of every mail made from a template, oldest first, as rendering would make them."""
    wanted = (
        select(Message.uid, Delivery.facts_sealed, Content.source)
        .join(Delivery, Delivery.message_id == Message.id)
        .join(Content, Content.id == Delivery.content_id)
        .order_by(Delivery.id)
    )
    with db.reading():
        rows = [(uid, sealed) for uid, sealed, source in session.execute(wanted) if source["template"] == template]
        named = [open_facts(uid, sealed).links["action_url"] for uid, sealed in rows]
    return [links.token_url(link.purpose, *link.ids).removeprefix(links.absolute("")) for link in named]
