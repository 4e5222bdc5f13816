"""Transactional mail: a message and one ledger row in the caller's transaction; a worker renders and sends it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from sqlalchemy import insert, select

from mobilize.core import clock, crypto, doorbell
from mobilize.core.db import new_uid, session
from mobilize.core.errors import NotFound
from mobilize.core.i18n import supported
from mobilize.core.tokens import Purpose, purpose_named
from mobilize.delivery.composing.sources import Sender, Source, brand_of
from mobilize.delivery.contents import store_contents
from mobilize.delivery.models import Delivery, DeliveryState, Message, MessageState, Recipient, Stream, Suppression
from mobilize.delivery.rules import blocks
from mobilize.delivery.upsert import insert_new
from mobilize.organisations.queries import brand, default_sender


@dataclass(frozen=True, slots=True)
class PersonalLink:
    """A link made anew whenever the mail is rendered: what it is for and whose ids it names."""

    purpose: Purpose
    ids: tuple[int, ...]


class Owner(Protocol):
    """An organisation, as its row or as the reference that a request carries."""

    @property
    def id(self) -> int: ...


NO_FACTS: Mapping[str, str] = MappingProxyType({})
NO_LINKS: Mapping[str, PersonalLink] = MappingProxyType({})


def send(
    template: str,
    *,
    organisation: Owner,
    language: str,
    recipient: Recipient,
    anchor: str,
    facts: Mapping[str, str] = NO_FACTS,
    fixed: Mapping[str, str] = NO_FACTS,
    personal_links: Mapping[str, PersonalLink] = NO_LINKS,
    dedupe_key: str | None = None,
    stream: Stream = Stream.TRANSACTIONAL,
    person_asked: bool = True,
) -> str:
    """Put one mail to one person into the ledger and wake a worker after the commit; the message's uid.

    ``template`` is a folder of email_templates (``"signup/confirm"``). ``facts`` are its personal values, kept
    sealed; ``fixed`` are those that tell nothing of a person, kept in the content; ``personal_links`` its token
    links, of which only the ids are kept. ``anchor`` is ``kind:uid`` of what the mail hangs on (see
    ``messages.revoke``). The same ``dedupe_key`` twice is one mail: the uid of the first.
    ``person_asked=False`` is for mail the person did not cause (a reminder): a hard bounce then holds it back.

    Raises:
        NotFound: the person was forgotten meanwhile.
    """
    owner, sender = brand(organisation.id), default_sender(organisation.id)
    source = Source(
        template=template,
        language=supported(language, default=owner.default_language),
        brand=brand_of(owner),
        sender=Sender(sender.name, sender.address),
        reply_to=sender.reply_to,
        facts=tuple(sorted({*facts, *personal_links})),
        fixed=dict(fixed),
    )
    return send_source(
        source,
        organisation=organisation,
        recipient=recipient,
        anchor=anchor,
        facts=facts,
        personal_links=personal_links,
        dedupe_key=dedupe_key,
        stream=stream,
        person_asked=person_asked,
    )


def send_source(
    source: Source,
    *,
    organisation: Owner,
    recipient: Recipient,
    anchor: str,
    facts: Mapping[str, str] = NO_FACTS,
    personal_links: Mapping[str, PersonalLink] = NO_LINKS,
    dedupe_key: str | None = None,
    stream: Stream = Stream.TRANSACTIONAL,
    person_asked: bool = True,
) -> str:
    """As ``send``, for a mail whose source is finished: its sender is the source's, and its links are not counted.

    ``facts`` win over what the ledger knows of the recipient: another name, another address to unsubscribe at.

    Raises:
        NotFound: the person was forgotten meanwhile.
        Refused: the source cannot be composed.
    """
    suppressed = _held_back_by(recipient, stream, person_asked=person_asked)
    message = _new_message(organisation.id, stream, source, anchor, dedupe_key, person_asked, ended=bool(suppressed))
    if message is None:
        return session.scalars(select(Message.uid).where(Message.dedupe_key == dedupe_key)).one()
    message_id, uid = message
    session.execute(
        insert(Delivery).values(
            message_id=message_id,
            recipient_id=recipient.id,
            content_id=store_contents(organisation.id, [source])[0],
            stream=stream,
            domain_index=recipient.domain_index,
            facts_sealed=seal_facts(uid, facts, personal_links),
            state=DeliveryState.SUPPRESSED if suppressed else DeliveryState.PENDING,
            reason=suppressed,
            changed_at=clock.now(),
        )
    )
    doorbell.wake(stream)
    return uid


def facts_place(message_uid: str) -> bytes:
    """Associated data of a ledger row's sealed facts."""
    return crypto.associated_data(Delivery.__tablename__, "facts_sealed", message_uid)


def seal_facts(message_uid: str, facts: Mapping[str, str], links: Mapping[str, PersonalLink]) -> bytes:
    """Personal values and the ids of personal links, bound to their message."""
    named = {name: [link.purpose.label, *link.ids] for name, link in links.items()}
    return crypto.seal(json.dumps({"facts": dict(facts), "links": named}), facts_place(message_uid))


def open_facts(message_uid: str, sealed: bytes) -> tuple[dict[str, str], dict[str, PersonalLink]]:
    """What ``seal_facts`` sealed.

    Raises:
        CannotOpen: sealed with a key we do not hold, or for another message.
    """
    data = json.loads(crypto.unseal(sealed, facts_place(message_uid)))
    links = {name: PersonalLink(purpose_named(purpose), tuple(ids)) for name, (purpose, *ids) in data["links"].items()}
    return data["facts"], links


def _held_back_by(recipient: Recipient, stream: Stream, *, person_asked: bool) -> str:
    """The reason of the suppression that holds this mail back, or ''. Whoever forgets the person waits for the mail.

    Raises:
        NotFound: the person was forgotten.
    """
    same = (Suppression.organisation_id == Recipient.organisation_id) & (
        Suppression.address_index == Recipient.address_index
    )
    found = session.execute(
        select(Suppression.reason)
        .select_from(Recipient)
        .outerjoin(Suppression, same)
        .where(Recipient.id == recipient.id)
        .with_for_update(read=True, key_share=True, of=Recipient)
    ).first()
    if found is None:
        raise NotFound("recipient")
    reason = found.reason
    return reason if reason is not None and blocks(reason, None, stream, person_asked=person_asked) else ""


def _new_message(
    organisation_id: int,
    stream: Stream,
    source: Source,
    anchor: str,
    dedupe_key: str | None,
    person_asked: bool,
    *,
    ended: bool,
) -> tuple[int, str] | None:
    """Id and uid of a message of one; nothing if its dedupe key is taken."""
    uid, now = new_uid(), clock.now()
    message_id = session.scalar(
        insert_new(Message)
        .values(
            uid=uid,
            organisation_id=organisation_id,
            stream=stream,
            state=MessageState.FINISHED if ended else MessageState.SENDING,
            state_reason="",
            anchor=anchor,
            anchor_version=1,
            dedupe_key=dedupe_key,
            sender_name=source.sender.name,
            sender_address=source.sender.address,
            reply_to=source.reply_to,
            list_header="",
            bases=[],
            person_asked=person_asked,
            prepared=1,
            audience=1,
            created_at=now,
            finished_at=now if ended else None,
        )
        .returning(Message.id)
    )
    return None if message_id is None else (message_id, uid)
