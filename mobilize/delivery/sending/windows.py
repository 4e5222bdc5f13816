"""One claim on its way out, window by window.

the transport draws rendered mails -> servers ask for their bodies -> one commit: previous results + `attempting`
    -> the bodies leave -> results come back

A window is what servers ask for at once, at most one mail a connection. While it is committed, as many mails are
rendered. After a stop, a lapsed lease, a full disk or an absent server nothing more is drawn; what was on the wire is
still recorded, and whatever did not leave is given back.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import NamedTuple, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from mobilize.core import clock, db
from mobilize.delivery.models import DeliveryState, Stream, SuppressionReason
from mobilize.delivery.rates.pacing import PACED, Ask, Pacer, Sender
from mobilize.delivery.rates.rules import PATIENCE_CODES
from mobilize.delivery.rules import blocks
from mobilize.delivery.sending import endings, held_rows, prepared
from mobilize.delivery.sending.claims import Claimed, Hold, by_domain
from mobilize.delivery.sending.classify import Outcome, Row, classify
from mobilize.delivery.sending.rendering import Batch, MessageInfo, Renderer
from mobilize.delivery.sending.storms import Storms
from mobilize.delivery.smtp.transport import Accepted, Lost, Outgoing, Phase, Result, nothing

Value = TypeVar("Value")
Waiting = Callable[[], Value]
"""Waits for something that was begun and gives what came of it; to be called once."""

log = structlog.get_logger(__name__)

_RECORD_AGAIN_AFTER = 1.0

_AHEAD, _A_FEW = 32, 4
"""So many mails are rendered at most while there is nothing to do but wait, and so many before looking up again."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one claim works with. ``may_go_on`` is asked before each mail is handed out.

    ``nearly_fed`` is called from when a quarter of the rows is left to render.
    """

    stream: Stream
    connection: Connection
    renderer: Renderer
    may_go_on: Callable[[], bool]
    holds_lease: Callable[[], bool]
    nearly_fed: Callable[[], None]
    pacer: Pacer


class Results(NamedTuple):
    """What became of rows of one claim and is not recorded yet."""

    run: Run
    accepted: tuple[int, ...]
    outcomes: tuple[Outcome, ...]
    messages: set[int]


class Run:
    """The rows of one claim."""

    def __init__(self, work: Work, hold: Hold, rows: Sequence[Claimed], batch: Batch) -> None:
        self._work, self._hold, self._batch = work, hold, batch
        self._rows = {row.id: row for row in rows}
        self._admitted: deque[Claimed] = deque()
        self._rendered: deque[Outgoing] = deque()
        self._accepted: list[int] = []
        self._outcomes: list[Outcome] = []
        self._storms = Storms()
        self._halted: set[int] = set()
        self._charged: dict[int, SuppressionReason] = {}
        self._begun, self._delivered = time.monotonic(), 0
        self._fed = False
        self._awaited: set[int] = set()
        self._attempted: set[int] = set()
        self._left = set(self._rows)
        self._cannot_write = False
        self.unreachable: str | None = None
        """Why the server could not be reached, if it could not."""
        self.on_the_wire: Callable[[], Iterable[Run]] = lambda: (self,)
        """The claims that share the wire with this one, and itself: whichever commits records the results of all."""

    @property
    def stopped(self) -> bool:
        """Whether nothing more of it may leave now, nor of any other claim."""
        return self._cannot_write or self.unreachable is not None or not self._work.may_go_on()

    @property
    def answered(self) -> bool:
        """Whether every mail that it fed has its result, and no more will come."""
        return self._fed and not self._awaited

    @property
    def awaited(self) -> Collection[int]:
        """The rows whose mails were drawn and have no result yet."""
        return self._awaited

    def set_aside(self, keys: Collection[int]) -> bool:
        """Draw none of these rows, and give them back at the end; whether there are any among ours."""
        ours = len(self._admitted)
        self._admitted = deque(row for row in self._admitted if row.id not in keys)
        return len(self._admitted) < ours

    def feed(self) -> Iterator[Outgoing]:
        """What the transport draws from, rendered. Nothing of it may leave before ``permit``."""
        while not self.stopped and self._render(1):
            outgoing = self._rendered.popleft()
            outgoing.may_leave = self._work.holds_lease
            self._awaited.add(outgoing.key)
            yield outgoing
        self._fed = True

    def permit(self, keys: Sequence[int]) -> set[int]:
        """Commit that these mails are attempted, a window; the ids of those that may leave.

        One that was permitted before and lost its connection is not asked about again: its attempt holds.
        """
        again = self._attempted.intersection(keys)
        window = [self._rows[key] for key in keys if key not in again]
        opened = self._opening(window) if window else lambda: set[int]()
        try:
            if not self._fed and not self.stopped:
                self._render(len(window))
        finally:
            attempted = self._allowed(opened)
        self._skip_stopped({row.message_id for row in window if row.id not in attempted})
        self._attempted |= attempted
        self._left -= attempted
        allowed = attempted | again if self._work.holds_lease() else set[int]()
        self._awaited -= set(keys) - allowed
        return allowed

    def prepare(self) -> bool:
        """Render a few more mails while there is time, as far as so many are not ready; whether any was rendered."""
        ready = len(self._rendered)
        if self._fed or ready >= _AHEAD or self.stopped:
            return False
        self._render(ready + _A_FEW)
        return len(self._rendered) > ready

    def take(self, result: Result) -> None:
        """One of its mails has a result; the next window or the end records it."""
        self._awaited.remove(result.key)
        self._attempted.discard(result.key)
        self._left.discard(result.key)
        self._storms.answered(self._rows[result.key].message_id)
        if isinstance(result, Accepted):
            self._accepted.append(result.key)
            return
        self._outcomes.append(self._outcome(result))
        if isinstance(result, Lost) and result.phase is Phase.CONNECT:
            self.unreachable = result.reason

    def finish(self) -> None:
        """Record what is left and give back what was not attempted.

        While nothing can be written (a full disk) this waits as long as the lease holds: what a server accepted must
        not be forgotten.
        """
        while self._work.holds_lease():
            try:
                self._commit(())()
                self._charge()
                self._finish_messages()
            except SQLAlchemyError as error:
                log.warning("delivery.cannot_record", error=_name_of(error))
                time.sleep(_RECORD_AGAIN_AFTER)
            else:
                return

    def admit(self) -> None:
        """Before it is fed: keep the rows whose turn it is, and park the others."""
        asks = [
            Ask(ids, self._sender(message_id), domain) for (message_id, domain), ids in by_domain(self._rows.values())
        ]
        parked = self._work.pacer.admit(self._work.stream, asks, clock.now())
        self._outcomes += [
            Outcome(key, DeliveryState.DEFERRED, PACED, again, counts=False) for key, again in parked.items()
        ]
        self._admitted.extend(row for row in self._rows.values() if row.id not in parked)

    def _render(self, count: int) -> bool:
        """Have so many mails ready, as far as there are rows; whether any is."""
        if len(self._rendered) >= count:
            return True
        at = clock.now().replace(microsecond=0)
        while self._admitted and len(self._rendered) < count:
            outgoing = self._mail(self._admitted.popleft(), at)
            if outgoing is not None:
                self._rendered.append(outgoing)
        if len(self._admitted) <= len(self._rows) // 4:
            self._work.nearly_fed()
        return bool(self._rendered)

    def _opening(self, window: Sequence[Claimed]) -> Waiting[set[int]]:
        """Begin the commit that says that a window is attempted; what waits for it gives the ids that may leave."""
        if self._cannot_write or not self._work.holds_lease():
            return lambda: set()
        try:
            return self._commit(window)
        except SQLAlchemyError as error:
            return partial(self._no_more, error)

    def _allowed(self, opened: Waiting[set[int]]) -> set[int]:
        """The ids of a window that may leave, after its commit."""
        try:
            return opened()
        except SQLAlchemyError as error:
            return self._no_more(error)

    def _no_more(self, error: SQLAlchemyError) -> set[int]:
        log.warning("delivery.stopped_before_data", error=_name_of(error))
        self._cannot_write = True
        return set()

    def _skip_stopped(self, message_ids: set[int]) -> None:
        """Draw no more rows of these messages that may not leave (held, exchanged): each would cost a connection."""
        if not message_ids or self._cannot_write or not self._work.holds_lease():
            return
        rows = chain(self._admitted, (self._rows[one.key] for one in self._rendered))
        try:
            with self._work.connection.begin():
                asked = [row.id for row in rows if row.message_id in message_ids]
                gone = set(asked) - held_rows.may_leave(self._work.connection, self._hold, asked)
        except SQLAlchemyError as error:
            self._no_more(error)
        else:
            self._admitted = deque(row for row in self._admitted if row.id not in gone)
            self._rendered = deque(one for one in self._rendered if one.key not in gone)

    def _mail(self, row: Claimed, at: datetime) -> Outgoing | None:
        """The mail of a row; none if it must not leave or cannot be made."""
        try:
            message, person = self._batch.messages[row.message_id], self._batch.people[row.recipient_id]
            if person.suppressed and self._blocks(person.suppressed, row, message):
                self._outcomes.append(Outcome(row.id, DeliveryState.SUPPRESSED, person.suppressed.value, counts=False))
                return None
            return self._work.renderer.render(row, self._batch, at)
        except Exception:
            # The worker's outer edge: whatever is wrong with one mail, its row says so and the others leave.
            log.exception("delivery.not_rendered", delivery=row.id)
            self._outcomes.append(Outcome(row.id, DeliveryState.FAILED, "unfit", counts=False))
            return None

    def _blocks(self, reason: SuppressionReason, row: Claimed, message: MessageInfo) -> bool:
        kind = None if row.basis_id is None else row.basis_kind
        return blocks(reason, kind, message.stream, person_asked=message.person_asked)

    def _commit(self, window: Sequence[Claimed]) -> Waiting[set[int]]:
        """Begin one commit for the results so far and the attempt of a window.

        What waits for it gives the window's ids that may leave; the results are forgotten only once it succeeded.
        """
        found = [one for run in self.on_the_wire() if (one := run._found()).accepted or one.outcomes]
        written = self.write(window, found)

        def committed() -> set[int]:
            allowed, count = written()
            lost = sum(len(one.accepted) + len(one.outcomes) for one in found) - count
            if lost:
                # Stopped before their body was asked for, or taken away with the lease.
                log.info("delivery.results_of_others", owner=self._hold.owner, rows=lost)
            for one in found:
                one.run._forget(one)
            for one in found:
                one.run._heed_patience(one.outcomes)
                one.run._halt_storms(one.outcomes)
            return allowed

        return committed

    def write(self, window: Sequence[Claimed], found: Sequence[Results]) -> Waiting[tuple[set[int], int]]:
        """One commit: the window's ids that may leave, and how many rows the results changed.

        Without a window it is the claim's last: what was not attempted is given back, after the results, so that a row
        which was parked or failed keeps what was said of it.

        All messages are locked before any row is written, as a cancellation does: they wait for one another in turn,
        never in a circle.
        """
        connection, now = self._work.connection, clock.now()
        messages = {row.message_id for row in window}
        recorded = {message_id for one in found for message_id in one.messages}
        left = () if window else self._left
        recorded |= {self._rows[key].message_id for key in left}
        only_accepted = not any(one.outcomes for one in found)
        if window and only_accepted and recorded <= messages and held_rows.advances(connection):
            return held_rows.advance(
                connection, self._hold, window, {one.run._hold: one.accepted for one in found}, now
            )
        with prepared.unit(connection, self._prepare_all if window else nothing):
            held_rows.hold_messages(connection, recorded | messages)
            count = sum(held_rows.record(connection, one.run._hold, one.accepted, one.outcomes, now) for one in found)
            allowed = held_rows.attempt(connection, self._hold, window, now) if window else set()
            if not window:
                held_rows.release(connection, self._hold, left, now)
                held_rows.end(connection, self._hold, self._rows.keys())
        return lambda: (allowed, count)

    def _prepare_all(self) -> bool:
        """The same for all claims on the wire: this one may be fed already while the next waits."""
        return any(run.prepare() for run in self.on_the_wire())

    def _found(self) -> Results:
        keys = chain(self._accepted, (one.delivery_id for one in self._outcomes))
        messages = {self._rows[key].message_id for key in keys}
        return Results(self, tuple(self._accepted), tuple(self._outcomes), messages)

    def _forget(self, results: Results) -> None:
        """These are in the ledger now; there may be newer ones."""
        self._delivered += len(results.accepted)
        del self._accepted[: len(results.accepted)]
        del self._outcomes[: len(results.outcomes)]

    def _finish_messages(self) -> None:
        """Those that no claim on the wire goes on with.

        In a unit of its own, which holds no row that a cancellation could wait for.
        """
        others = (run for run in self.on_the_wire() if run is not self)
        left = self._batch.messages.keys() - chain.from_iterable(run._batch.messages for run in others)
        if left:
            with self._work.connection.begin():
                endings.finish_messages(self._work.connection, left, clock.now())

    def _outcome(self, result: Result) -> Outcome:
        row = self._rows[result.key]
        message = self._batch.messages[row.message_id]
        facts = Row(row.id, message.stream, row.attempts + 1, message.created_at)
        return classify(facts, result, clock.now(), random.random())  # noqa: S311 - spreads retries, guards nothing

    def _sender(self, message_id: int) -> Sender:
        message = self._batch.messages[message_id]
        return Sender(message.organisation_id, message.sender_address)

    def _heed_patience(self, outcomes: Sequence[Outcome]) -> None:
        """Slow the senders whom a server asked for patience."""
        asked = [self._rows[outcome.delivery_id] for outcome in outcomes if outcome.code in PATIENCE_CODES]
        observed = self._delivered / max(time.monotonic() - self._begun, 1.0)
        for sender in {self._sender(row.message_id) for row in asked}:
            self._work.pacer.slow_down(sender, observed, clock.now())

    def _halt_storms(self, outcomes: Sequence[Outcome]) -> None:
        """Stop messages that are refused wholesale; the people are not charged for it."""
        for outcome in outcomes:
            message_id = self._rows[outcome.delivery_id].message_id
            self._storms.refused(message_id, outcome)
            if outcome.suppress is not None:
                self._charged[outcome.delivery_id] = outcome.suppress
            if message_id not in self._halted and self._storms.is_storm(message_id):
                self._halt(message_id, outcome)

    def _charge(self) -> None:
        """Suppress addresses that do not exist, once all answers are known: if all were the same, it was not them."""
        found = self._charged.items()
        endings.suppress_recipients(
            {key: reason for key, reason in found if not self._storms.is_same(self._rows[key].message_id)}
        )
        self._charged.clear()

    def _halt(self, message_id: int, outcome: Outcome) -> None:
        """In a unit of its own, as above. If it fails, the next refusal tries again: the window just opened goes on."""
        reason = f"{outcome.code or ''} {outcome.status} {outcome.text}".strip()
        try:
            with self._work.connection.begin():
                halted = endings.halt_message(self._work.connection, message_id, reason)
        except SQLAlchemyError as error:
            log.warning("delivery.not_halted", message=message_id, error=_name_of(error))
            return
        self._halted.add(message_id)
        if halted:
            log.error("delivery.halted", message=message_id, code=outcome.code, status=outcome.status)


def _name_of(error: SQLAlchemyError) -> str:
    """What the driver calls it, if it comes from there: its words may hold values."""
    return type(getattr(error, "orig", None) or error).__name__


def connect() -> Connection:
    """A connection for a worker's own units, each committed at the end of its ``begin()`` or ``prepared.unit``."""
    return db.engine().execution_options(mobilize_writes=True).connect()
