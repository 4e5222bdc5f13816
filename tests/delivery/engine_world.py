"""A ledger to play in: people on lists, a mailing launched to them, and a worker over a transport of the test's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import Select, func, literal, select

from mobilize.core import clock, crypto, db
from mobilize.core.db import session
from mobilize.delivery import queries
from mobilize.delivery.bases import list_basis
from mobilize.delivery.composing.sources import Brand, Sender, Source
from mobilize.delivery.contents import composed, store_contents, store_links
from mobilize.delivery.messages import add_page, close_message, open_message
from mobilize.delivery.models import Delivery, Message, Recipient, RecipientKind, Stream
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.delivery.sending.pipeline import Pipeline
from mobilize.delivery.sending.rendering import Renderer
from mobilize.delivery.smtp.transport import Accepted, Meanwhile, Outgoing, Permit, Result, everything, nothing
from mobilize.organisations.models import Organisation
from mobilize.subscribers.models import MailingList, Subscription, SubscriptionState
from tests.factories import make_organisation

Answer = Callable[[Outgoing], Result]


def accept(outgoing: Outgoing) -> Result:
    return Accepted(outgoing.key)


@dataclass
class FakeTransport:
    """So many connections, of which each gets one message and asks for its body; then they answer as ``answer`` says.

    ``sent`` is what went on the wire.
    """

    answer: Answer = accept
    sent: list[Outgoing] = field(default_factory=list)
    before: Callable[[int], object] = lambda _count: None
    window: int = 16

    def send(
        self, messages: Iterable[Outgoing], permit: Permit = everything, meanwhile: Meanwhile = nothing
    ) -> Generator[Result, None, None]:
        for outgoing in self.permitted(messages, permit):
            self.before(len(self.sent))
            self.sent.append(outgoing)
            yield self.answer(outgoing)

    def permitted(self, messages: Iterable[Outgoing], permit: Permit) -> Iterator[Outgoing]:
        """The messages that may leave, asked for window by window."""
        waiting = iter(messages)
        while window := list(islice(waiting, self.window)):
            allowed = permit([outgoing.key for outgoing in window])
            yield from (outgoing for outgoing in window if outgoing.key in allowed and outgoing.may_leave())

    def close(self) -> None:
        """Nothing is open."""

    @property
    def readers(self) -> list[str]:
        return [outgoing.recipient for outgoing in self.sent]


@dataclass
class World:
    """One organisation with lists and people ``reader-<n>@example.net``; call its methods outside any unit."""

    organisation: Organisation
    lists: list[int]
    people: list[int]

    def source(self, language: str = "en", template: str = "mailings/newsletter") -> Source:
        blocks = ({"type": "text", "markdown": "Dear {{first_name|friend}}, [read on](https://example.org/news)."},)
        sender = Sender("Example", "news@example.org")
        brand = Brand(self.organisation.names["en"])
        return Source(template, language, brand, sender, subject="News", blocks=blocks, to_list=True)

    def open(self, stream: Stream = Stream.BULK, lists: Sequence[int] | None = None) -> int:
        """A message with one content and its links, without recipients."""
        with db.writing():
            message_id = open_message(
                organisation_id=self.organisation.id,
                stream=stream,
                anchor=f"mailing:{time.monotonic_ns()}",
                sender_name="Example",
                sender_address="news@example.org",
                list_header="newsletter.example.org",
                bases=[list_basis(one) for one in (self.lists if lists is None else lists)],
            )
            (content_id,) = store_contents(self.organisation.id, [self.source()])
            store_links(message_id, {content_id: composed(self.source())})
        return message_id

    def page(self, lists: Sequence[int] | None = None) -> Select[int, int, int]:
        """Everyone on the lists, several times if they are on several."""
        (content_id,) = store_contents(self.organisation.id, [self.source()])
        chosen = self.lists if lists is None else lists
        on_list = Subscription.state == SubscriptionState.SUBSCRIBED
        return (
            select(
                Recipient.id.label("recipient_id"),
                literal(content_id, db.BigId).label("content_id"),
                Subscription.list_id.label("basis_id"),
            )
            .join(Subscription, Subscription.recipient_id == Recipient.id)
            .where(Subscription.list_id.in_(chosen), on_list)
            .order_by(Recipient.id, Subscription.list_id)
        )

    def launch(self, stream: Stream = Stream.BULK, lists: Sequence[int] | None = None) -> int:
        """A message with everyone in it."""
        message_id = self.open(stream, lists)
        with db.writing():
            add_page(message_id, self.page(lists))
            close_message(message_id)
        return message_id


def make_world(people: int = 5, lists: int = 1) -> World:
    """An organisation with ``people`` on every one of ``lists`` lists."""
    with db.writing():
        organisation = make_organisation()
        list_ids = [_make_list(organisation, number) for number in range(lists)]
        ids = [_make_person(organisation, number, list_ids) for number in range(people)]
    return World(organisation, list_ids, ids)


def _make_list(organisation: Organisation, number: int) -> int:
    row = MailingList(
        organisation_id=organisation.id, slug=f"list-{number}", names={"en": f"List {number}"}, created_at=clock.now()
    )
    session.add(row)
    session.flush()
    return row.id


def _make_person(organisation: Organisation, number: int, list_ids: Sequence[int]) -> int:
    person = find_or_create_recipient(
        organisation.id,
        organisation.uid,
        RecipientKind.PERSON,
        f"reader-{number}@example.net",
        "en",
        first_name=f"Reader {number}",
    )
    for list_id in list_ids:
        subscribed = SubscriptionState.SUBSCRIBED
        session.add(Subscription(recipient_id=person.id, list_id=list_id, state=subscribed, changed_at=clock.now()))
    return person.id


def drain(transport: FakeTransport, stream: Stream = Stream.BULK, **options: object) -> bool:
    """One drain by a worker of its own; ``window`` is how many bodies are asked for at once."""
    return pipeline(transport, stream, **options).run()


def pipeline(transport: FakeTransport, stream: Stream = Stream.BULK, **options: object) -> Pipeline:
    transport.window = options.pop("window", transport.window)  # type: ignore[assignment]
    values = {
        "owner": f"test:{time.monotonic_ns()}",
        "renderer": Renderer(),
        "stop": lambda: False,
        "deadline": time.monotonic() + 60,
        **options,
    }
    return Pipeline(stream=stream, transport=transport, **values)  # type: ignore[arg-type]


def states(message_id: int) -> dict[str, int]:
    """How many rows are in each state, counted afresh."""
    with db.reading():
        count = select(Delivery.state, func.count()).where(Delivery.message_id == message_id).group_by(Delivery.state)
        return {state.value: number for state, number in session.execute(count)}


def reasons(message_id: int) -> list[tuple[str, str]]:
    """State and reason of every row, by recipient."""
    with db.reading():
        rows = select(Delivery.state, Delivery.reason).where(Delivery.message_id == message_id)
        return [(state.value, reason) for state, reason in session.execute(rows.order_by(Delivery.recipient_id))]


def groups(message_id: int) -> queries.Groups:
    with db.reading():
        return queries.groups(message_id)


def index_of(world: World, number: int) -> bytes:
    """The blind index of ``reader-<number>@example.net``."""
    return crypto.address_index(world.organisation.uid, f"reader-{number}@example.net")


def message_row(message_id: int) -> Message:
    with db.reading():
        row = session.get_one(Message, message_id)
        session.expunge(row)
        return row
