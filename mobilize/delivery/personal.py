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
from mobilize.delivery.mime.codes import drawn
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
    """Values, links and codes by the names under which a template asks for them; a code is shown as a QR picture."""

    facts: Mapping[str, str] = NO_FACTS
    links: Mapping[str, PersonalLink] = NO_LINKS
    codes: Mapping[str, str] = NO_FACTS
    drawn_before: Mapping[str, bytes] = NO_PICTURES
    """Pictures (PNG) of rows that an earlier version wrote, which kept them in place of the codes."""

    @property
    def names(self) -> frozenset[str]:
        """What a template may ask for."""
        return frozenset({*self.facts, *self.links, *self.codes})

    def pictures(self) -> Mapping[str, bytes]:
        """The codes as PNG by name."""
        return {**self.drawn_before, **{name: drawn(code) for name, code in self.codes.items()}}


NOTHING = Personal()


def facts_place(message_uid: str) -> bytes:
    """Associated data of a ledger row's sealed facts."""
    return crypto.associated_data(Delivery.__tablename__, "facts_sealed", message_uid)


def seal_facts(message_uid: str, personal: Personal) -> bytes:
    """Personal values, codes and the ids of personal links, bound to their message."""
    links = {name: [link.purpose.label, *link.ids] for name, link in personal.links.items()}
    data: dict[str, object] = {"facts": dict(personal.facts), "links": links}
    if personal.codes:
        data["codes"] = dict(personal.codes)
    return crypto.seal(json.dumps(data), facts_place(message_uid))


def open_facts(message_uid: str, sealed: bytes) -> Personal:
    """What ``seal_facts`` sealed.

    Raises:
        CannotOpen: sealed with a key we do not hold, or for another message.
    """
    data = json.loads(crypto.unseal(sealed, facts_place(message_uid)))
    links = {name: PersonalLink(purpose_named(purpose), tuple(ids)) for name, (purpose, *ids) in data["links"].items()}
    before = {name: base64.b64decode(one) for name, one in data.get("pictures", {}).items()}
    return Personal(data["facts"], links, data.get("codes", NO_FACTS), before)
