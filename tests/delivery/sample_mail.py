"""One newsletter and its parts, for the tests of composing, encoding and signing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mobilize.delivery.composing.composition import Composition, compose
from mobilize.delivery.composing.sources import Brand, Sender, Source
from mobilize.delivery.mime.message import CompiledMessage, Rendered, StaticHeaders, compile_message
from mobilize.delivery.mime.parts import Attachment

HOST = "https://mail.example.org"
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
HEADERS = StaticHeaders(
    from_name="City of Solidarity",
    from_address="news@example.org",
    reply_to="office@example.org",
    list_id="newsletter.city.example.org",
    list_name="Newsletter",
    feedback_id="m1:city:bulk:mobilize",
)
VALUES = {
    "first_name": "Amina",
    "unsubscribe_url": f"{HOST}/u/abc",
    "preferences_url": f"{HOST}/p/abc",
    "one_click_url": f"{HOST}/u/abc",
    "unsubscribe_mailto": "leave+abc@example.org",
    "action_url": f"{HOST}/c/abc",
}
SOURCE = Source(
    template="mailings/newsletter",
    to_list=True,
    language="en",
    brand=Brand("City of Solidarity", "#b5382a", "12 Museum Street, 2800 Mechelen", "https://city.example.net"),
    sender=Sender("City of Solidarity", "news@example.org"),
    subject="December at {{organisation}}",
    preheader="Three stories",
    blocks=({"type": "text", "markdown": "Dear {{first_name|friend}}, read [this](https://elsewhere.example.net/a)."},),
    fixed={"lists": "Newsletter"},
)


def composed(*blocks: dict[str, Any], **changes: Any) -> Composition:
    """The newsletter with other blocks or fields."""
    source = replace(SOURCE, **({"blocks": blocks} if blocks else {}), **changes)
    return compose(source, lambda url: f"{HOST}/l/{len(url)}", lambda name: f"{HOST}/media/{name}")


def compiled(*blocks: dict[str, Any], attachments: tuple[Attachment, ...] = (), **changes: Any) -> CompiledMessage:
    """The newsletter ready for its recipients."""
    return compile_message(composed(*blocks, **changes), HEADERS, attachments)


def rendered(message: CompiledMessage, to_name: str = "Amina Example", **values: str) -> Rendered:
    """The message for one person."""
    return message.render(
        {**VALUES, **values}, to_name=to_name, to_address="amina@example.org", message_id="1.2@example.org", date=AT
    )
