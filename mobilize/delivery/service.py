"""Service mail: a message and its ledger rows in the caller's transaction; a worker renders and sends them.

send (one person) ─┐
send_many ─────────┴─► one message ─► one content a language ─► one INSERT: a row for everybody, held back or not
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, cast

from sqlalchemy import Table, insert, select

from mobilize.core import clock, doorbell
from mobilize.core.db import new_uid, session
from mobilize.core.errors import NotFound
from mobilize.core.i18n import supported
from mobilize.core.id_lists import one_of
from mobilize.delivery.addressees import Addressee, Common, code_names, names_of, once_each
from mobilize.delivery.bases import Basis
from mobilize.delivery.calendar_order import end_earlier
from mobilize.delivery.composing.sources import Sender, Source, brand_of
from mobilize.delivery.contents import store_contents
from mobilize.delivery.mime.calendar import read_calendar
from mobilize.delivery.models import (
    BasisKind,
    Delivery,
    DeliveryState,
    Message,
    MessageState,
    Recipient,
    Stream,
    Suppression,
    SuppressionReason,
)
from mobilize.delivery.personal import NO_FACTS, NO_LINKS, PersonalLink, seal_facts
from mobilize.delivery.rules import NOT_YET, blocks
from mobilize.delivery.sending.return_path import KEY_OCTETS
from mobilize.delivery.upsert import insert_new
from mobilize.organisations.queries import brand, default_sender

__all__ = ["NO_FACTS", "Addressee", "Common", "Owner", "PersonalLink", "send", "send_many", "send_source"]

_ledger = cast(Table, Delivery.__table__)


class Owner(Protocol):
    """An organisation, as its row or as the reference that a request carries."""

    @property
    def id(self) -> int: ...


class _Known(NamedTuple):
    """What the ledger knows of somebody."""

    domain_index: bytes
    suppressed: SuppressionReason | None


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
    codes: Mapping[str, str] = NO_FACTS,
    calendar: str = "",
    calendar_key: str | None = None,
    dedupe_key: str | None = None,
    stream: Stream = Stream.TRANSACTIONAL,
    person_asked: bool = True,
    not_before: datetime | None = None,
) -> str:
    """Put one mail to one person into the ledger and wake a worker after the commit; the message's uid.

    ``template`` is a folder of email_templates (``"signup/confirm"``). ``facts`` are its personal values, kept
    sealed; ``fixed`` are those that tell nothing of a person, kept in the content; ``personal_links`` its token
    links, of which only the ids are kept; ``codes`` are texts of this person's, such as a ticket's, kept sealed and
    shown as a QR picture where the template asks for the fact of that name; the worker draws it. ``calendar`` is an
    entry that the mail carries, with its recipient as attendee (see ``Common``), ``calendar_key`` the name under which
    a later mail with the same entry (moved, cancelled) takes this one's place while it waits. ``anchor`` is
    ``kind:uid`` of what the mail hangs on (see ``messages.revoke``).
    The same ``dedupe_key`` twice is one mail: the uid of the first.
    ``person_asked=False`` is for mail the person did not cause (a reminder): a hard bounce then holds it back.
    ``not_before`` is the moment from which it may leave (the hours of an office, so many letters a day).

    Raises:
        NotFound: the person was forgotten meanwhile.
        Refused: a value is missing that the template asks for, or a code or the calendar entry cannot be mailed.
    """
    return send_many(
        template,
        [Addressee(recipient.id, language, facts, personal_links, codes)],
        organisation=organisation,
        anchor=anchor,
        common=lambda _language: Common(fixed, calendar),
        calendar_key=calendar_key,
        dedupe_key=dedupe_key,
        stream=stream,
        person_asked=person_asked,
        not_before=not_before,
    )


def send_many(
    template: str,
    rows: Iterable[Addressee],
    *,
    organisation: Owner,
    anchor: str,
    common: Callable[[str], Common] = lambda _language: Common(),
    calendar_key: str | None = None,
    dedupe_key: str | None = None,
    stream: Stream = Stream.TRANSACTIONAL,
    person_asked: bool = False,
    not_before: datetime | None = None,
) -> str:
    """Put one message to many people into the ledger (an apology, a decision); its uid. See ``send``.

    It takes as many statements for thousands as for two, and one content for each language. ``common`` gives what all
    copies in a language hold; it is called once for each of the organisation's languages that somebody gets. All rows
    carry values of the same names. Who may not be mailed becomes a row with the reason; a row given twice is one.

    Raises:
        NotFound: somebody was forgotten meanwhile; nothing was written.
        Conflict: somebody has two rows that differ.
        Refused: a value is missing, in a row or for the template, or a code or calendar entry cannot be mailed.
    """
    owner, sender = brand(organisation.id), default_sender(organisation.id)
    people = once_each(rows)
    names, pictures = names_of(people), code_names(people)
    spoken = {person.language: supported(person.language, default=owner.default_language) for person in people}

    def source(language: str) -> Source:
        shared = common(language)
        if shared.calendar:
            read_calendar(shared.calendar)
        return Source(
            template=template,
            language=language,
            brand=brand_of(owner, language),
            sender=Sender(sender.name_in(language), sender.address),
            reply_to=sender.reply_to,
            facts=tuple(sorted(names - pictures)),
            fixed=dict(shared.facts),
            calendar=shared.calendar,
            pictures=tuple(sorted(pictures)),
        )

    sources = {language: source(language) for language in sorted(set(spoken.values()) or {owner.default_language})}
    return _written(
        {language: sources[shown] for language, shown in spoken.items()} or sources,
        people,
        organisation=organisation,
        anchor=anchor,
        calendar_key=calendar_key,
        dedupe_key=dedupe_key,
        stream=stream,
        person_asked=person_asked,
        not_before=not_before,
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
    return _written(
        {source.language: source},
        [Addressee(recipient.id, source.language, facts, personal_links)],
        organisation=organisation,
        anchor=anchor,
        dedupe_key=dedupe_key,
        stream=stream,
        person_asked=person_asked,
    )


def _written(
    sources: Mapping[str, Source],
    people: Sequence[Addressee],
    *,
    organisation: Owner,
    anchor: str,
    calendar_key: str | None = None,
    dedupe_key: str | None,
    stream: Stream,
    person_asked: bool,
    not_before: datetime | None = None,
) -> str:
    """The message, its contents and its rows; ``sources`` are by the languages of ``people``."""
    known = _known(organisation.id, [person.recipient_id for person in people], alone=calendar_key is not None)
    held = {
        person.recipient_id: _held_back(known[person.recipient_id], person.basis, stream, person_asked)
        for person in people
    }
    message = _new_message(
        next(iter(sources.values())),
        organisation_id=organisation.id,
        stream=stream,
        anchor=anchor,
        dedupe_key=dedupe_key,
        person_asked=person_asked,
        audience=len(people),
        ended=all(held.values()),
    )
    if message is None:
        return session.scalars(select(Message.uid).where(Message.dedupe_key == dedupe_key)).one()
    message_id, uid = message
    contents = _stored(organisation.id, sources) if people else {}
    now = clock.now()
    values = [
        {
            "message_id": message_id,
            "recipient_id": person.recipient_id,
            "content_id": contents[person.language],
            "stream": stream,
            "basis_kind": person.basis.kind if person.basis else BasisKind.LIST,
            "basis_id": person.basis.id if person.basis else None,
            "domain_index": known[person.recipient_id].domain_index,
            "facts_sealed": seal_facts(uid, person.personal),
            "calendar_key": calendar_key,
            "return_key": secrets.token_bytes(KEY_OCTETS) if stream is Stream.TARGETS else None,
            **_beginning(held[person.recipient_id], now, not_before),
            "changed_at": now,
        }
        for person in people
    ]
    if values:
        session.execute(insert(_ledger), values)
        if calendar_key is not None:
            end_earlier(message_id, known.keys(), calendar_key)
    doorbell.wake(stream)
    return uid


def _stored(organisation_id: int, sources: Mapping[str, Source]) -> dict[str, int]:
    """The content ids of the sources, by their keys; languages that share a source share a content."""
    wanted = {id(source): source for source in sources.values()}
    ids = dict(zip(wanted, store_contents(organisation_id, [*wanted.values()]), strict=True))
    return {language: ids[id(source)] for language, source in sources.items()}


def _known(organisation_id: int, recipient_ids: Collection[int], *, alone: bool) -> dict[int, _Known]:
    """What the ledger knows of these people. Whoever forgets one of them waits for the mail.

    ``alone``: so does whoever else writes calendar mail for them, or a later row could be committed before an earlier.

    Raises:
        NotFound: one was forgotten or erased.
    """
    same = (Suppression.organisation_id == Recipient.organisation_id) & (
        Suppression.address_index == Recipient.address_index
    )
    found = session.execute(
        select(Recipient.id, Recipient.domain_index, Suppression.reason)
        .select_from(Recipient)
        .outerjoin(Suppression, same)
        .where(Recipient.organisation_id == organisation_id, one_of(Recipient.id, recipient_ids))
        .where(Recipient.erased_at.is_(None))
        .order_by(Recipient.id)
        .with_for_update(read=not alone, key_share=True, of=Recipient)
    )
    known = {row.id: _Known(row.domain_index, row.reason) for row in found}
    if len(known) < len(recipient_ids):
        raise NotFound("recipient")
    return known


def _held_back(known: _Known, basis: Basis | None, stream: Stream, person_asked: bool) -> str:
    """The reason of the suppression that holds this mail back, or ''."""
    reason, kind = known.suppressed, basis.kind if basis else None
    return reason if reason is not None and blocks(reason, kind, stream, person_asked=person_asked) else ""


def _beginning(held_back: str, now: datetime, not_before: datetime | None) -> dict[str, object]:
    """In which state a row begins."""
    if held_back:
        return {"state": DeliveryState.SUPPRESSED, "reason": held_back, "next_at": None}
    if not_before is not None and not_before > now:
        return {"state": DeliveryState.DEFERRED, "reason": NOT_YET, "next_at": not_before}
    return {"state": DeliveryState.PENDING, "reason": "", "next_at": None}


def _new_message(
    source: Source,
    *,
    organisation_id: int,
    stream: Stream,
    anchor: str,
    dedupe_key: str | None,
    person_asked: bool,
    audience: int,
    ended: bool,
) -> tuple[int, str] | None:
    """Id and uid of a message whose audience is final; nothing if its dedupe key is taken."""
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
            prepared=audience,
            audience=audience,
            created_at=now,
            finished_at=now if ended else None,
        )
        .returning(Message.id)
    )
    return None if message_id is None else (message_id, uid)
