"""Claims one after the other over one transport, so that the wire never waits for the next claim.

claim -> mails ─┐                    ┌─► permits, asked of the claim that it belongs to
claim -> mails ─┴─► transport.send ──┴─► results, each to its claim ─► finished
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing

from mobilize.delivery.sending.windows import Run
from mobilize.delivery.smtp.transport import Meanwhile, Outgoing, Transport, nothing


class Unreachable(Exception):
    """The server is not there or turns us away: no mail is charged for it, and going on is of no use now."""


class Flow:
    """One sending of as many claims as ``next_run`` makes, until it makes none.

    ``work`` is what else can be done while nothing can be sent; whether there was anything.
    """

    def __init__(self, next_run: Callable[[], Run | None], transport: Transport, work: Meanwhile = nothing) -> None:
        self._next_run, self._transport, self._work = next_run, transport, work
        self._live: list[Run] = []
        self._dry = False
        self._unreachable: str | None = None
        self._failure: Exception | None = None

    def send(self) -> bool:
        """Hand over what may go, record it and give back the rest; whether there may be more.

        Raises:
            Unreachable: nothing was lost by it.
            Exception: whatever kept the next claim from being made, after everything before was recorded.
        """
        try:
            with closing(self._transport.send(self._feed(), self._permit, self._meanwhile)) as results:
                for result in results:
                    run = self._run_of(result.key)
                    run.take(result)
                    self._let_go_of(run)
        finally:
            with ExitStack() as ends:  # one that fails keeps no other from its end
                for run in self._live:
                    ends.callback(self._end, run)
        if self._failure is not None:
            raise self._failure
        if self._unreachable is not None:
            raise Unreachable(self._unreachable)
        return not self._dry

    def _feed(self) -> Iterator[Outgoing]:
        while (run := self._made()) is not None:
            # An exchange of content gives rows back whose old copy is still drawn: a transport knows one copy of a row.
            twice = run.set_aside(set().union(*(one.awaited for one in self._live)))
            self._live.append(run)
            run.on_the_wire = lambda: self._live
            yield from run.feed()
            self._let_go_of(run)
            if run.stopped or twice:
                return
        # While mails are on the wire something may become due: only an empty wire makes an empty claim the last word.
        self._dry = not self._live

    def _permit(self, keys: Sequence[int]) -> set[int]:
        """What servers ask for at once, and may be answered; almost always it is of one claim."""
        asked: defaultdict[Run, list[int]] = defaultdict(list)
        for key in keys:
            asked[self._run_of(key)].append(key)
        allowed = set().union(*(run.permit(window) for run, window in asked.items()))
        for run in asked:
            self._let_go_of(run)  # if its last mails are withheld, no result of them comes
        return allowed

    def _meanwhile(self) -> bool:
        """Render a few mails or, once there are enough of them and nothing was stopped, do what else there is."""
        return any(run.prepare() for run in self._live) or (not self._stopped() and self._work())

    def _stopped(self) -> bool:
        return any(run.stopped for run in self._live)

    def _run_of(self, key: int) -> Run:
        for run in self._live:
            if key in run.awaited:
                return run
        raise LookupError(f"no claim awaits {key}")

    def _made(self) -> Run | None:
        try:
            return self._next_run()
        except Exception as error:  # noqa: BLE001 - kept, not swallowed
            # Raised once the mails on the wire have their answers: an error here must not make them unknown.
            self._failure = error
            return None

    def _let_go_of(self, run: Run) -> None:
        self._unreachable = self._unreachable or run.unreachable
        if run.answered:
            run.finish()
            self._live.remove(run)

    def _end(self, run: Run) -> None:
        try:
            run.finish()
        finally:
            self._live.remove(run)  # or each would leave its messages to the others
