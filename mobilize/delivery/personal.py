"""What one person's copy holds that no other does: sealed in the ledger's row, bound to its message."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from mobilize.core import crypto
from mobilize.core.tokens import Purpose, purpose_named
from mobilize.delivery.models import Delivery


@dataclass(frozen=True, slots=True)
class PersonalLink:
    """A link made anew whenever the mail is rendered: what it is for and whose ids it names."""

    purpose: Purpose
    ids: tuple[int, ...]


NO_FACTS: Mapping[str, str] = MappingProxyType({})
NO_LINKS: Mapping[str, PersonalLink] = MappingProxyType({})
NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})


class Personal(NamedTuple):
    """Values, links and pictures (PNG) by the names under which a template asks for them."""

    facts: Mapping[str, str] = NO_FACTS
    links: Mapping[str, PersonalLink] = NO_LINKS
    pictures: Mapping[str, bytes] = NO_PICTURES

    @property
    def names(self) -> frozenset[str]:
        """What a template may ask for."""
        return frozenset({*self.facts, *self.links, *self.pictures})


NOTHING = Personal()


def facts_place(message_uid: str) -> bytes:
    """Associated data of a ledger row's sealed facts."""
    return crypto.associated_data(Delivery.__tablename__, "facts_sealed", message_uid)


def seal_facts(message_uid: str, personal: Personal) -> bytes:
    """Personal values, pictures and the ids of personal links, bound to their message."""
    links = {name: [link.purpose.label, *link.ids] for name, link in personal.links.items()}
    data: dict[str, object] = {"facts": dict(personal.facts), "links": links}
    if personal.pictures:
        data["pictures"] = {name: base64.b64encode(one).decode("ascii") for name, one in personal.pictures.items()}
    return crypto.seal(json.dumps(data), facts_place(message_uid))


def open_facts(message_uid: str, sealed: bytes) -> Personal:
    """What ``seal_facts`` sealed.

    Raises:
        CannotOpen: sealed with a key we do not hold, or for another message.
    """
    data = json.loads(crypto.unseal(sealed, facts_place(message_uid)))
    links = {name: PersonalLink(purpose_named(purpose), tuple(ids)) for name, (purpose, *ids) in data["links"].items()}
    pictures = {name: base64.b64decode(one) for name, one in data.get("pictures", {}).items()}
    return Personal(data["facts"], links, pictures)
