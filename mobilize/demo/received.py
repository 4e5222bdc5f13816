"""What the inbox of a rehearsal received, with what the ledger knows of it: to whom it went, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.message_ids import message_id_of
from mobilize.delivery.models import Content, Delivery, Message
from mobilize.inbox import reading, store
from mobilize.mailings.models import Mailing
from mobilize.schedules.models import Occurrence, Rule

MOST = 1000

WHY = {
    "actions/confirm": ("asked to sign", "has to confirm that the address is theirs"),
    "actions/outcome": ("signed", "what they signed for has ended"),
    "events/already": ("is registered", "asked for a seat once more"),
    "events/cancelled": ("registered", "the organiser cancelled the event"),
    "events/cancelled_waiting": ("waiting for a seat", "the organiser cancelled the event"),
    "events/moved_waiting": ("waiting for a seat", "the organiser moved the event"),
    "events/offer": ("waiting for a seat", "a seat is free, and held for them"),
    "events/offer_lapsed": ("waiting for a seat", "did not take the seat that was held"),
    "events/online_waiting": ("waiting for a seat", "the organiser took the event online"),
    "events/postponed_waiting": ("waiting for a seat", "the organiser postponed the event"),
    "events/waiting": ("waiting for a seat", "asked for a seat in a full room"),
    "events/waiting_ended": ("waiting for a seat", "does not wait any more"),
    "events/cancelled_pending": ("not confirmed yet", "the organiser cancelled the event"),
    "events/change_link": ("registered", "asked for a link to change the registration"),
    "events/changed": ("registered", "changed the registration"),
    "events/confirm": ("asked for a seat", "has to confirm that the address is theirs"),
    "events/left": ("registered until now", "does not come any more"),
    "events/moved": ("registered", "the organiser moved the event"),
    "events/online": ("registered", "the organiser took the event online"),
    "events/postponed": ("registered", "the organiser postponed the event"),
    "events/registered": ("registered", "confirmed the registration"),
    "signup/already": ("subscribed", "asked to subscribe once more"),
    "signup/confirm": ("asked to subscribe", "has to confirm that the address is theirs"),
    "signup/welcome": ("subscribed", "confirmed the subscription"),
}
"""By the mail's template: who gets it, and why."""


class Account(NamedTuple):
    """What the ledger says of one mail."""

    template: str
    language: str
    stream: str
    name: str = ""
    """Of a mailing: what the rule or the campaigner calls it."""
    to_whom: str = ""


@dataclass(frozen=True)
class Mail:
    """One mail as it came over the wire; ``at`` is when, on the rehearsal's clock."""

    id: str
    at: datetime
    to: str
    subject: str
    ledger: Account
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @cached_property
    def parts(self) -> reading.Mail:
        return reading.take_apart(self.raw)

    @property
    def audience(self) -> str:
        return self.ledger.to_whom or WHY.get(self.ledger.template, (self.ledger.stream, ""))[0]

    @property
    def reason(self) -> str:
        return self.ledger.name or WHY.get(self.ledger.template, ("", self.ledger.template))[1]

    def link(self, start: str) -> str:
        """The first address in it whose path begins so; empty if there is none."""
        return next((link for link in self.parts.links if f"/{link.split('/', 3)[-1]}".startswith(start)), "")

    def line(self, zone: str) -> str:
        """Local time with its zone, audience, language, subject and reason."""
        local = self.at.astimezone(ZoneInfo(zone))
        who = f"{self.audience} <{self.to}>"
        return f"{local:%a %d %b %Y %H:%M} {zone}  {who}  [{self.ledger.language}]  {self.subject}  ({self.reason})"


def mails_since(settings: Settings, after: str) -> list[Mail]:
    """Every mail that came after the one with the id ``after``, the earliest first. Runs inside ``db.reading()``."""
    entries, _more = store.newest(settings.inbox_dir, limit=MOST)
    ledger = _accounts()
    return [_mail(settings, entry, ledger) for entry in reversed(entries) if entry.id > after]


def _mail(settings: Settings, entry: store.Entry, ledger: Mapping[str, Account]) -> Mail:
    found = store.read(settings.inbox_dir, entry.id)
    raw = found[1] if found is not None else b""
    identifier = str(message_from_bytes(raw, policy=policy.default)["Message-ID"]).strip("<>")
    unknown = Account("", "", "")
    local_part = identifier.partition("@")[0]
    return Mail(entry.id, entry.received, entry.recipients[0], entry.subject, ledger.get(local_part, unknown), raw)


def _accounts() -> dict[str, Account]:
    """By the local part of the Message-ID."""
    wanted = (
        select(Message.uid, Delivery.id, Content.source, Content.language, Message.stream, Message.id)
        .join(Delivery, Delivery.message_id == Message.id)
        .join(Content, Content.id == Delivery.content_id)
    )
    mailings = {row.message_id: row for row in session.scalars(select(Mailing).where(Mailing.message_id.is_not(None)))}
    return {
        message_id_of(uid, delivery_id, "").partition("@")[0]: Account(
            source["template"], language, stream, *_named(mailings.get(message_id))
        )
        for uid, delivery_id, source, language, stream, message_id in session.execute(wanted)
    }


def _named(mailing: Mailing | None) -> tuple[str, str]:
    """What a mailing is called, by its rule if it has one, and to whom it went."""
    if mailing is None:
        return "", ""
    rule = select(Rule.name).join(Occurrence, Occurrence.rule_id == Rule.id)
    name = session.scalar(rule.where(Occurrence.mailing_id == mailing.id))
    return name or mailing.name, mailing.to_whom.describe()
