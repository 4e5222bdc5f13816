"""What a mail is made of before anyone's name is in it: the frozen source that a Content row stores."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

FOR_LISTS = ("unsubscribe_url", "preferences_url")
"""The personal values that every mail of a list carries, in its footer."""

OWN_LINK = "own_url"
"""The link to a person's own page about what entitles them to a mail, such as their registration."""
PERSONAL_LINKS = (*FOR_LISTS, OWN_LINK)

_NEWER = frozenset({"live", "calendar", "pictures", "to_list", "fields", "moments"})


@dataclass(frozen=True, slots=True)
class Brand:
    """How an organisation shows itself in a mail; `accent` is #rrggbb. The name may be blank."""

    name: str
    accent: str = "#1f5f99"
    postal_address: str = ""
    website: str = ""


class Branded(Protocol):
    """An organisation, as queries give it."""

    @property
    def accent(self) -> str: ...
    @property
    def website(self) -> str: ...
    def name_in(self, language: str) -> str: ...
    def postal_address_in(self, language: str) -> str: ...


def brand_of(organisation: Branded, language: str) -> Brand:
    """How an organisation shows itself in a mail of this language."""
    address = organisation.postal_address_in(language)
    return Brand(organisation.name_in(language), organisation.accent, address, organisation.website)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mail is from: display name and address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Source:
    """Everything a mail is made of except personal values: what a Content row freezes.

    `template` is a folder of email_templates, such as "mailings/newsletter" or "signup/confirm". Subject,
    preheader and blocks are an author's; a transactional mail has its words in its templates. `facts` names
    the personal values the template may use beside the names of a person, such as `action_url`; `fixed`
    holds facts that are the same for every recipient, such as the names of the lists; `live` names what the blocks
    were taken from, with its version. `calendar` is the entry that every copy carries with its recipient as attendee
    (see `mime.calendar`); `pictures` names the pictures (PNG) of one person, each shown where the template asks for the
    fact of that name. `to_list`: it goes to a list, and so carries the ways to leave it. `fields` names the
    organisation's own fields whose answers the text shows, as `{{postal_code|your town}}`. `moments` are
    merge fields told in words relative to when a copy is made (see `moments.frozen`).
    """

    template: str
    language: str
    brand: Brand
    sender: Sender
    reply_to: str = ""
    subject: str = ""
    preheader: str = ""
    blocks: tuple[Mapping[str, Any], ...] = ()
    facts: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    live: Mapping[str, int] = field(default_factory=dict)
    calendar: str = ""
    pictures: tuple[str, ...] = ()
    to_list: bool = False
    fields: tuple[str, ...] = ()
    moments: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data, as a Content row stores it; `from_json` gives the same Source back."""
        data = {
            **asdict(self),
            "blocks": [dict(block) for block in self.blocks],
            "facts": list(self.facts),
            "pictures": list(self.pictures),
            "fields": list(self.fields),
        }
        # Without them it is the same content as it was before there were such parts: an equal digest.
        return {name: value for name, value in data.items() if value or name not in _NEWER}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Source":
        """The Source of stored data."""
        parts = {
            "brand": Brand(**data["brand"]),
            "sender": Sender(**data["sender"]),
            "blocks": tuple(data["blocks"]),
            "facts": tuple(data["facts"]),
            "fixed": dict(data["fixed"]),
            "live": dict(data.get("live", {})),
            "moments": dict(data.get("moments", {})),
            "pictures": tuple(data.get("pictures", ())),
            "fields": tuple(data.get("fields", ())),
        }
        return cls(**{**data, **parts})
