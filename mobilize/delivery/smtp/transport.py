"""What every way of handing over a message has in common: the message, the phases, the answers.

A transport never decides what an answer means for the ledger; it only says, truthfully, what happened.
"""

from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Phase(StrEnum):
    """How far a message had come (RFC 5321, section 3.3)."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    DOT = "dot"


def always() -> bool:
    """Nothing stands in the way."""
    return True


@dataclass(slots=True)
class Outgoing:
    """One message for one recipient: envelope addresses and the finished bytes, lines ended by CRLF.

    `may_leave` is asked before each write of its body: a worker that was stopped for so long that its rows were given
    away hangs up instead. `dotless`: the maker knows that no line begins with a dot.
    """

    key: int
    sender: str
    recipient: str
    message: bytes
    may_leave: Callable[[], bool] = always
    dotless: bool = False


@dataclass(slots=True)
class Accepted:
    """The server took responsibility for the message (2xx after the final dot)."""

    key: int


@dataclass(frozen=True, slots=True)
class Deferred:
    """A 4xx answer: try again later. `enhanced` is "" where the server gave no RFC 3463 code."""

    key: int
    phase: Phase
    code: int
    enhanced: str
    text: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A 5xx answer, or a refusal of our own before anything was sent (`local` is then true)."""

    key: int
    phase: Phase
    code: int
    enhanced: str
    text: str
    local: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection failed without an answer; `code` is that of a refused greeting or login, else 0."""

    key: int
    phase: Phase
    reason: str
    code: int = 0

    @property
    def unknown(self) -> bool:
        """Whether the server may hold the message: only after the final dot (RFC 1047)."""
        return self.phase is Phase.DOT


Result = Accepted | Deferred | Rejected | Lost


Permit = Callable[[Sequence[int]], Collection[int]]
"""Servers wait for the bodies of these messages: which of them may leave now. None is asked for twice, unless its
connection broke in the middle of it."""


def everything(keys: Sequence[int]) -> Collection[int]:
    """A `Permit` for whoever keeps no ledger."""
    return keys


Meanwhile = Callable[[], bool]
"""Something that can be done while there is nothing to do but wait; whether there was anything.

It should take moments: an answer that comes meanwhile waits for it.
"""


def nothing() -> bool:
    """There is nothing to do meanwhile."""
    return False


class Transport(Protocol):
    """Hands messages over. One result for each message that is permitted, in any order, as soon as it is known."""

    def send(
        self, messages: Iterable[Outgoing], permit: Permit = everything, meanwhile: Meanwhile = nothing
    ) -> Generator[Result, None, None]:
        """Draw messages no faster than the wire takes them and yield what became of each.

        Each connection has at most one body under way, from its permission until the server's answer to its final dot.
        One that is refused or lost before its body is asked for has a result, too; one that is not permitted has none.
        Network trouble is a result, never an exception. `meanwhile` is called while no server has answered; never while
        a message is drawn or `permit` runs.
        """
        ...

    def close(self) -> None:
        """Say QUIT where possible and close every connection; `send` may be called again later."""
        ...
