"""From claimed rows to finished mails: people loaded in bulk, contents compiled once and kept by the worker.

rows -> messages, contents, links, signers (cached) + recipients, suppressions (one query a claim)
     -> contents compiled, after that transaction
     -> values of the holes -> spliced -> signed -> Outgoing
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Generic, NamedTuple, TypeVar, cast

import structlog
from sqlalchemy import Connection, Select, Table, and_, select

from mobilize.core import crypto, feature, id_lists
from mobilize.core.domains import domain_of
from mobilize.core.errors import Refused
from mobilize.core.links import leave_address, media_url, token_url
from mobilize.core.tokens import Purpose, purpose_named
from mobilize.delivery.bases import Leaving
from mobilize.delivery.composing.composition import compose
from mobilize.delivery.composing.moments import words_for
from mobilize.delivery.composing.slots import answer_slot, is_answer, link_in
from mobilize.delivery.composing.sources import OWN_LINK, Source
from mobilize.delivery.message_ids import message_id_of
from mobilize.delivery.mime.dkim import Signer
from mobilize.delivery.mime.message import (
    ONE_CLICK_URL,
    UNSUBSCRIBE_MAILTO,
    CompiledMessage,
    StaticHeaders,
    compile_message,
)
from mobilize.delivery.models import Content, Delivery, Link, Message, Recipient, Stream, Suppression, SuppressionReason
from mobilize.delivery.personal import NOTHING, Personal, open_facts
from mobilize.delivery.purposes import FOOTER, LINK, UNSUBSCRIBE
from mobilize.delivery.recipients import Contact, contact_place
from mobilize.delivery.sending.claims import Claimed
from mobilize.delivery.sending.return_path import return_path
from mobilize.delivery.sending.signing import signer_for
from mobilize.delivery.smtp.transport import Outgoing

log = structlog.get_logger(__name__)

_messages, _contents, _links, _recipients, _suppressions, _rows = (
    cast(Table, model.__table__) for model in (Message, Content, Link, Recipient, Suppression, Delivery)
)

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class Cache(Generic[KeyT, ValueT]):
    """The last values asked for, at most ``size``."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[KeyT, ValueT] = OrderedDict()

    def all(self, keys: Iterable[KeyT], load: Callable[[list[KeyT]], dict[KeyT, ValueT]]) -> dict[KeyT, ValueT]:
        """The values of ``keys``; those not kept are loaded together."""
        wanted = list(dict.fromkeys(keys))
        values = self.kept(wanted)
        missing = [key for key in wanted if key not in values]
        values |= load(missing) if missing else {}
        self.keep(values)
        return values

    def kept(self, keys: Iterable[KeyT]) -> dict[KeyT, ValueT]:
        """Those of ``keys`` that have a value."""
        return {key: self._values[key] for key in keys if key in self._values}

    def keep(self, values: Mapping[KeyT, ValueT]) -> None:
        """Keep these as the last that were asked for."""
        for key, value in values.items():
            self._values[key] = value
            self._values.move_to_end(key)
        while len(self._values) > self._size:
            self._values.popitem(last=False)


class MessageInfo(NamedTuple):
    """What rendering needs of a message; none of it changes after launch."""

    id: int
    uid: str
    organisation_id: int
    stream: Stream
    sender_address: str
    reply_to: str
    list_header: str
    person_asked: bool
    created_at: datetime


class Person(NamedTuple):
    """A recipient as loaded for one claim; the contact is opened when it is rendered."""

    uid: str
    contact_sealed: bytes
    suppressed: SuppressionReason | None


class Uncompiled(NamedTuple):
    """A content as it was loaded; ``links`` maps its addresses to counted ones."""

    source: Source
    message: MessageInfo
    links: dict[str, str]


@dataclass(slots=True)
class Batch:
    """Everything one claim needs, gathered with a fixed number of queries; ``compile`` makes the rest of it."""

    messages: dict[int, MessageInfo]
    people: dict[int, Person]
    compiled: dict[tuple[int, int], CompiledMessage | None]
    uncompiled: dict[tuple[int, int], Uncompiled]
    signers: dict[tuple[int, str], Signer | None]
    return_keys: dict[int, bytes]
    answers: Mapping[int, Mapping[str, str]]


class Renderer:
    """Loads and renders; one a worker, so that what is compiled stays compiled."""

    def __init__(self) -> None:
        self._messages: Cache[int, MessageInfo] = Cache(4096)
        self._compiled: Cache[tuple[int, int], CompiledMessage | None] = Cache(256)

    def load(self, connection: Connection, rows: Sequence[Claimed]) -> Batch:
        """Gather what ``rows`` need: at most six queries and one a sender's domain, whatever their number.

        Answers that a text shows are one query more for each feature that knows some.
        """
        messages = self._load_messages(connection, rows)
        message_of = {_compiled_key(row, messages[row.message_id]): messages[row.message_id] for row in rows}
        compiled = self._compiled.kept(message_of)
        missing = {key: message for key, message in message_of.items() if key not in compiled}
        uncompiled = _uncompiled(connection, missing) if missing else {}
        people = {row.recipient_id for row in rows}
        return Batch(
            messages=messages,
            people=_people(connection, people),
            compiled=compiled,
            uncompiled=uncompiled,
            signers=_signers(connection, messages.values()),
            return_keys=_return_keys(connection, rows, messages),
            answers=_answers(connection, people, _answers_shown(compiled, uncompiled)),
        )

    def compile(self, batch: Batch) -> None:
        """Compile what was not compiled yet. Takes hundredths of a second each: no transaction is open."""
        batch.compiled |= {key: _compiled_or_none(one) for key, one in batch.uncompiled.items()}
        batch.uncompiled = {}
        self._compiled.keep(batch.compiled)

    def render(self, row: Claimed, batch: Batch, now: datetime) -> Outgoing:
        """The finished mail of one row.

        Raises:
            Refused: a value of it is missing or cannot stand in a mail.
            CannotOpen: a sealed field that our keys do not open.
        """
        message, person = batch.messages[row.message_id], batch.people[row.recipient_id]
        contact = Contact.from_json(crypto.unseal(person.contact_sealed, contact_place(person.uid)))
        compiled = batch.compiled[_compiled_key(row, message)]
        if compiled is None:
            raise Refused("content", "this content cannot be composed")
        domain = domain_of(message.sender_address)
        personal = NOTHING if row.facts_sealed is None else open_facts(message.uid, row.facts_sealed)
        values = {**_values(compiled.needs, row, contact, personal), **batch.answers.get(row.recipient_id, {})}
        if compiled.moments:
            values |= words_for(compiled.moments, now)
        rendered = compiled.render(
            values,
            to_name=contact.name,
            to_address=contact.email,
            message_id=message_id_of(message.uid, row.id, domain),
            date=now,
            pictures=personal.pictures(),
        )
        signer = batch.signers[message.organisation_id, domain]
        signature = (signer.sign(rendered, now),) if signer is not None else ()
        sender = return_path(row.id, domain, batch.return_keys.get(row.id))
        return Outgoing(row.id, sender, contact.email, rendered.as_bytes(*signature), dotless=compiled.dotless)

    def _load_messages(self, connection: Connection, rows: Sequence[Claimed]) -> dict[int, MessageInfo]:
        def load(missing: list[int]) -> dict[int, MessageInfo]:
            columns = (_messages.c[name] for name in MessageInfo._fields)
            found = connection.execute(select(*columns).where(_messages.c.id.in_(missing)))
            return {row.id: MessageInfo(*row) for row in found}

        return self._messages.all((row.message_id for row in rows), load)


def compiled(source: Source, message: MessageInfo, links: dict[str, str]) -> CompiledMessage:
    """A source made ready for splicing; ``links`` maps its addresses to counted ones."""
    composition = compose(source, lambda url: links.get(url, url), media_url)
    is_list = bool(message.list_header)
    return compile_message(
        composition,
        StaticHeaders(
            from_name=source.sender.name,
            from_address=message.sender_address,
            reply_to=message.reply_to,
            list_id=message.list_header,
            list_name=source.brand.name if is_list else "",
            feedback_id=f"{message.uid}:{message.stream}:{message.list_header}" if is_list else "",
            automatic=not is_list,
        ),
    )


def _compiled_or_none(one: Uncompiled) -> CompiledMessage | None:
    """Nothing where a content cannot be compiled: its own rows fail, and the rest of the stream goes on."""
    try:
        return compiled(*one)
    except Exception:
        log.exception("delivery.not_compiled", message=one.message.id, template=one.source.template)
        return None


def _uncompiled(
    connection: Connection, message_of: Mapping[tuple[int, int], MessageInfo]
) -> dict[tuple[int, int], Uncompiled]:
    sources = _sources(connection, {content_id for content_id, _message_id in message_of})
    links = _link_urls(connection, message_of)
    return {key: Uncompiled(sources[key[0]], message, links[key]) for key, message in message_of.items()}


def _compiled_key(row: Claimed, message: MessageInfo) -> tuple[int, int]:
    """Mail to a list has links of its own; transactional mails of the same content share one compilation."""
    return (row.content_id, row.message_id if message.list_header else 0)


def _values(needs: frozenset[str], row: Claimed, contact: Contact, personal: Personal) -> dict[str, str]:
    """The personal values that the mail asks for; tokens are made here and kept nowhere."""
    values = {"first_name": contact.first_name, "last_name": contact.last_name, **personal.facts}
    if personal.links:
        values |= {name: token_url(link.purpose, *link.ids) for name, link in personal.links.items()}
    leave = ({"unsubscribe_url", ONE_CLICK_URL} & needs) - values.keys()
    if leave or ONE_CLICK_URL in needs:
        ids = Leaving(row.recipient_id, row.basis).ids
        values |= dict.fromkeys(leave, token_url(UNSUBSCRIBE, *ids))
        if ONE_CLICK_URL in needs:
            values[UNSUBSCRIBE_MAILTO] = leave_address(*ids)
    if OWN_LINK in needs and OWN_LINK not in values and row.basis is not None:
        purpose = feature.basis_link(row.basis.kind)
        if purpose is not None:
            values[OWN_LINK] = token_url(purpose, row.basis.id)
    for name, purpose, number in _own_links(needs):
        values.setdefault(name, token_url(purpose, row.recipient_id, number))
    if "preferences_url" in needs and "preferences_url" not in values:
        values["preferences_url"] = token_url(FOOTER, row.recipient_id)
    return values


@lru_cache(maxsize=256)
def _own_links(needs: frozenset[str]) -> tuple[tuple[str, Purpose, int], ...]:
    """The slots of the reader's own links, with their purpose and what they are about."""
    found = [(name, link_in(name)) for name in sorted(needs)]
    return tuple((name, purpose_named(link[0]), link[1]) for name, link in found if link is not None)


def _people(connection: Connection, ids: set[int]) -> dict[int, Person]:
    sqlite = connection.dialect.name == "sqlite"
    found = connection.execute(_people_by_ids(sqlite), {"b_ids": id_lists.ids(ids, sqlite=sqlite)}).all()
    return {row[0]: Person._make(row[1:]) for row in found}


@cache
def _people_by_ids(sqlite: bool) -> Select[int, str, bytes, SuppressionReason | None]:
    same = and_(
        _suppressions.c.organisation_id == _recipients.c.organisation_id,
        _suppressions.c.address_index == _recipients.c.address_index,
    )
    return (
        select(_recipients.c.id, _recipients.c.uid, _recipients.c.contact_sealed, _suppressions.c.reason)
        .outerjoin(_suppressions, same)
        .where(id_lists.among(_recipients.c.id, "b_ids", sqlite=sqlite))
    )


def _sources(connection: Connection, ids: set[int]) -> dict[int, Source]:
    found = connection.execute(select(_contents.c.id, _contents.c.source).where(_contents.c.id.in_(ids)))
    return {row.id: Source.from_json(cast(dict[str, Any], row.source)) for row in found}


def _link_urls(connection: Connection, keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], dict[str, str]]:
    """For each content in a message, the counted address of each address it points to.

    Links without a content are those of messages that were launched when all contents of a message shared them.
    """
    urls: dict[tuple[int, int], dict[str, str]] = {key: {} for key in keys}
    message_ids = {message_id for _content_id, message_id in urls if message_id}
    if message_ids:
        columns = (_links.c.content_id, _links.c.message_id, _links.c.url, _links.c.id)
        found = connection.execute(select(*columns).where(_links.c.message_id.in_(message_ids))).all()
        shared = [row for row in found if row.content_id is None]
        for (content_id, message_id), mapped in urls.items():
            own = [row for row in found if row.content_id == content_id]
            mapped |= {row.url: token_url(LINK, row.id) for row in (*shared, *own) if row.message_id == message_id}
    return urls


def _answers_shown(
    compiled: Mapping[tuple[int, int], CompiledMessage | None], uncompiled: Mapping[tuple[int, int], Uncompiled]
) -> set[str]:
    """The slots of all answers that these contents show."""
    made = {name for one in compiled.values() if one is not None for name in one.needs if is_answer(name)}
    return made | {answer_slot(one.source.language, name) for one in uncompiled.values() for name in one.source.fields}


def _answers(connection: Connection, people: set[int], slots: set[str]) -> Mapping[int, Mapping[str, str]]:
    """Recipient id -> slot -> words, from the features that know people's answers."""
    found: dict[int, dict[str, str]] = {}
    parts = [one.merge_values for one in feature.used() if one.merge_values] if slots else []
    for part in parts:
        for person, values in feature.load(part)(connection, people, slots).items():
            found.setdefault(person, {}).update(values)
    return found


def _return_keys(connection: Connection, rows: Sequence[Claimed], messages: dict[int, MessageInfo]) -> dict[int, bytes]:
    """The random keys of the rows that have one; only letters to decision makers do."""
    letters = [row.id for row in rows if messages[row.message_id].stream is Stream.TARGETS]
    if not letters:
        return {}
    keys = select(_rows.c.id, _rows.c.return_key).where(id_lists.one_of(_rows.c.id, letters))
    return {row.id: row.return_key for row in connection.execute(keys.where(_rows.c.return_key.is_not(None)))}


def _signers(connection: Connection, messages: Iterable[MessageInfo]) -> dict[tuple[int, str], Signer | None]:
    """Read anew for each claim: a rotated or retired key is out of use within seconds."""
    wanted = {(message.organisation_id, domain_of(message.sender_address)) for message in messages}
    return {pair: signer_for(connection, *pair) for pair in wanted}
