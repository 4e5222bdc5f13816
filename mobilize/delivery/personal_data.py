"""What the engine holds about a person: their mailbox, the mails in the ledger, what came back, what holds mail back.

Erasure keeps the rows of the ledger, so that every mailing's counts stay: without values, domain, server's words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, update

from mobilize.core import feature
from mobilize.core.db import session
from mobilize.core.feature import Address, PersonalData, Said, Section, Value
from mobilize.core.i18n import lazy
from mobilize.core.id_lists import one_of
from mobilize.delivery.emptying import NO_DOMAIN
from mobilize.delivery.ledger import rowcount
from mobilize.delivery.models import (
    Content,
    Delivery,
    DeliveryState,
    Message,
    Recipient,
    RecipientKind,
    Return,
    Suppression,
)
from mobilize.delivery.personal import open_facts
from mobilize.delivery.recipients import contact_of

STEP = 500

KINDS = {
    RecipientKind.PERSON: lazy("Somebody who signed up or took part"),
    RecipientKind.USER: lazy("A colleague"),
    RecipientKind.TARGET: lazy("A decision maker"),
}
STATES = {
    DeliveryState.PENDING: lazy("Waiting"),
    DeliveryState.CLAIMED: lazy("Waiting"),
    DeliveryState.ATTEMPTING: lazy("Being sent"),
    DeliveryState.ACCEPTED: lazy("Sent"),
    DeliveryState.DEFERRED: lazy("Waiting for another attempt"),
    DeliveryState.FAILED: lazy("Failed"),
    DeliveryState.SUPPRESSED: lazy("Not mailed"),
    DeliveryState.REVOKED: lazy("Stopped before it was sent"),
    DeliveryState.UNKNOWN: lazy("Unclear whether it arrived"),
}
_PERSON = {
    "email": lazy("Email address"),
    "first_name": lazy("First name"),
    "last_name": lazy("Last name"),
    "language": lazy("Language"),
    "kind": lazy("As whom"),
    "paused_until": lazy("Receives no newsletters until"),
    "since": lazy("Since"),
}
_MAILS = {
    "subject": lazy("Subject"),
    "state": lazy("What became of it"),
    "reason": lazy("Why"),
    "at": lazy("When"),
    "values": lazy("Personal values in it"),
}
_RETURNS = {"kind": lazy("What came back"), "code": lazy("Code"), "at": lazy("When")}
_HELD_BACK = {"reason": lazy("Why"), "source": lazy("From where"), "at": lazy("Since")}


def _held(recipient_ids: Sequence[int]) -> Sequence[Section]:
    people = list(session.scalars(select(Recipient).where(one_of(Recipient.id, recipient_ids)).order_by(Recipient.id)))
    return (
        Section("person", lazy("Who this is"), _PERSON, [_person(row) for row in people]),
        Section("do_not_mail", lazy("Do not mail"), _HELD_BACK, list(_held_back(people))),
        Section("mails", lazy("Emails"), _MAILS, [_mail(row) for row in _mails(recipient_ids)]),
        Section("returned", lazy("Emails that came back"), _RETURNS, list(_returned(recipient_ids))),
    )


def _erase(recipient_id: int) -> bool:
    """Empty the rows of some mails; whether there may be more."""
    full = or_(Delivery.facts_sealed.is_not(None), Delivery.reply_text != "", Delivery.domain_index != NO_DOMAIN)
    some = select(Delivery.id).where(Delivery.recipient_id == recipient_id, full).order_by(Delivery.id).limit(STEP)
    emptied = update(Delivery).where(Delivery.id.in_(list(session.scalars(some))))
    values = {"facts_sealed": None, "reply_text": "", "domain_index": NO_DOMAIN}
    return rowcount(session.execute(emptied.values(values))) == STEP


def _person(row: Recipient) -> Mapping[str, Value]:
    contact = contact_of(row)
    return {
        "email": Address(contact.email),
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "language": row.language,
        "kind": Said(row.kind.value, KINDS[row.kind]),
        "paused_until": row.paused_until or "",
        "since": row.created_at,
    }


def _held_back(people: Sequence[Recipient]) -> Iterator[Mapping[str, Value]]:
    for organisation_id, index in sorted({(row.organisation_id, row.address_index) for row in people}):
        found = session.scalar(
            select(Suppression).where(
                Suppression.organisation_id == organisation_id, Suppression.address_index == index
            )
        )
        if found is not None:
            yield {"reason": _said(found.reason.value), "source": found.source, "at": found.created_at}


def _mails(recipient_ids: Sequence[int]) -> Sequence[Any]:
    """The newest first."""
    wanted = (
        select(Delivery.state, Delivery.reason, Delivery.changed_at, Delivery.facts_sealed, Message.uid, Content.source)
        .join(Message, Message.id == Delivery.message_id)
        .join(Content, Content.id == Delivery.content_id)
        .where(one_of(Delivery.recipient_id, recipient_ids))
    )
    return session.execute(wanted.order_by(Delivery.id.desc())).all()


def _mail(row: Any) -> Mapping[str, Value]:
    return {
        "subject": row.source["subject"] or row.source["template"],
        "state": Said(row.state.value, STATES[row.state]),
        "reason": _said(row.reason),
        "at": row.changed_at,
        "values": _values(row.uid, row.facts_sealed),
    }


def _values(message_uid: str, sealed: bytes | None) -> str:
    """The personal values of one mail; its links are made anew each time and kept nowhere."""
    if sealed is None:
        return ""
    facts = open_facts(message_uid, sealed).facts
    return ", ".join(f"{name}: {value}" for name, value in facts.items() if value)


def _returned(recipient_ids: Sequence[int]) -> Iterator[Mapping[str, Value]]:
    wanted = select(Return).where(one_of(Return.recipient_id, recipient_ids)).order_by(Return.id.desc())
    for row in session.scalars(wanted):
        kind = row.kind.value
        yield {"kind": Said(kind, RETURNS.get(kind, kind)), "code": row.status, "at": row.at}


def _said(reason: str) -> Said:
    return Said(reason, feature.words("reason_words", reason)) if reason else Said("", "")


RETURNS = {
    "hard": lazy("There is no such address"),
    "soft": lazy("The mailbox did not take it"),
    "policy": lazy("The receiver's rules refuse the sender or the content"),
    "complaint": lazy("They reported it as spam"),
}
PERSONAL = PersonalData(_held, _erase)
