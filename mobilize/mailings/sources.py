"""From a mailing's words to what the engine freezes: one ``Source`` a variant."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mobilize.audiences.groups import basis_has_page, footer_of, own_page_of
from mobilize.core import clock
from mobilize.core.errors import Refused
from mobilize.core.feature import Freezing, Frozen
from mobilize.core.i18n import _, show_list, text_in, using
from mobilize.delivery.composing.slots import names_in
from mobilize.delivery.composing.sources import OWN_LINK, Sender, Source, brand_of
from mobilize.delivery.variants import Variant
from mobilize.mailings.blocks import Block, freeze, kind_of
from mobilize.mailings.content import Version, read_languages
from mobilize.mailings.models import Mailing
from mobilize.organisations.queries import Brand, SenderIdentity, brand, default_sender
from mobilize.questions.queries import merge_fields
from mobilize.subscribers.models import MailingList
from mobilize.subscribers.queries import lists_by_id

TEMPLATE = "mailings/newsletter"
WHEN = "when"
"""The merge field of mailings that show an event: its moment in relative words."""


def sources_of(row: Mailing) -> dict[Variant, Source]:
    """What every variant would be sent as if it left now.

    Raises:
        Refused: a block that shows what is not there any more, with its place.
    """
    house = _House.of(row)
    return {
        Variant(language): _source(row, language, version, house)
        for language, version in read_languages(row.content).items()
    }


def sender_name(row: Mailing, usual: SenderIdentity, language: str) -> str:
    """Who the mail says it is from: the mailing's own sender's name, else the organisation's in this language."""
    return row.sender_name or usual.name_in(language)


@dataclass(frozen=True, slots=True)
class _House:
    """What every language of a mailing has in common."""

    organisation: Brand
    sender: SenderIdentity
    lists: Sequence[MailingList]
    fields: frozenset[str]
    group: str

    @classmethod
    def of(cls, row: Mailing) -> _House:
        return cls(
            brand(row.organisation_id),
            default_sender(row.organisation_id),
            lists_by_id(row.to_whom.lists, row.organisation_id),
            frozenset(name for name, shows in merge_fields(row.organisation_id).items() if shows),
            row.to_whom.group,
        )

    def footer(self, language: str) -> dict[str, str]:
        """What the footer says about why somebody gets it."""
        if self.lists:
            return {"lists": self.list_names(language)}
        if not self.group:
            return {}
        with using(language):
            why, page = footer_of(self.organisation.id, self.group), own_page_of(self.group)
        return {"why": why, "own_page": page} if page else {"why": why}

    @property
    def own_link(self) -> tuple[str, ...]:
        """The link to a reader's own page, where a group alone entitles to the mail and has such pages."""
        return (OWN_LINK,) if self.group and not self.lists and basis_has_page(self.group) else ()

    def list_names(self, language: str) -> str:
        names = (text_in(one.names, language, self.organisation.default_language) for one in self.lists)
        return show_list(names, language)


def _source(row: Mailing, language: str, version: Version, house: _House) -> Source:
    """One language as the engine composes it; paths of this installation become whole addresses."""
    around = Freezing(row.organisation_id, language, clock.now(), house.group if not house.lists else "")
    frozen = [_frozen(block, number, around) for number, block in enumerate(version.blocks)]
    return Source(
        template=TEMPLATE,
        language=language,
        brand=brand_of(house.organisation, language),
        sender=Sender(sender_name(row, house.sender, language), row.sender_address),
        reply_to=house.sender.reply_to if house.sender.address == row.sender_address else "",
        facts=house.own_link,
        fixed=house.footer(language),
        subject=version.subject,
        preheader=version.preheader,
        blocks=tuple(one.fields for one in frozen),
        live={source: version for one in frozen for source, version in one.live.items()},
        to_list=not house.group or bool(house.lists),
        fields=tuple(sorted(house.fields & _named(version, frozen))) if house.fields else (),
        moments=_moments(version, frozen, language),
    )


def _moments(version: Version, frozen: Sequence[Frozen], language: str) -> Mapping[str, str]:
    """What ``{{when}}`` says: the moment of the first block that has one.

    Raises:
        Refused: the text names it, there is a block that could say it, and its date is not known.
    """
    known = next((moment for one in frozen if (moment := one.fields.get("moment"))), "")
    gives = any(WHEN in kind_of(block).merge_fields for block in version.blocks)
    if gives and not known and WHEN in _named(version, frozen):
        raise Refused(f"languages.{language}.subject", _("The text says {{when}}, but the event has no date"))
    return {WHEN: known} if known else {}


def _named(version: Version, frozen: Sequence[Frozen]) -> set[str]:
    """What stands as a merge field in the texts of a version."""
    return names_in(json.dumps([version.subject, version.preheader, *(dict(one.fields) for one in frozen)]))


def _frozen(block: Block, number: int, around: Freezing) -> Frozen:
    try:
        return freeze(block, around)
    except Refused as refused:
        place = f"languages.{around.language}.blocks[{number}].{refused.field}"
        raise Refused(place, refused.message) from None
