"""How many conversations the receiver holds, and how long: so that idle ones keep nobody out.

A stranger (nobody who named a return path of ours) is let go after a minute, or earlier if the room is needed; whoever
proved to have mail for us may take ten. The other server keeps a mail until it was answered, so nothing is lost.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

MOST = 100
STRANGER_SECONDS = 60.0
WHOLE_SECONDS = 600.0

_FULL = b"421 4.3.2 Too many connections, try again later\r\n"
_OVER = b"421 4.4.2 This conversation took too long\r\n"


@dataclass(eq=False)
class Conversation:
    """One connection; `is_known` once it named a return path that verifies."""

    transport: asyncio.Transport
    is_known: bool = False
    timers: list[asyncio.TimerHandle] = field(default_factory=list)


class Conversations:
    """All open connections of one listening server, in the order of their arrival."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open: dict[Conversation, None] = {}

    def begin(self, transport: asyncio.Transport) -> Conversation | None:
        """Hold one more, instead of the longest waiting stranger if there are too many; None if all are known."""
        if len(self._open) >= MOST:
            stranger = next((one for one in self._open if not one.is_known), None)
            if stranger is None:
                transport.write(_FULL)
                transport.close()
                return None
            self._hang_up(stranger, _FULL)
        begun = Conversation(transport)
        begun.timers = [
            self._loop.call_later(STRANGER_SECONDS, self._end_a_stranger, begun),
            self._loop.call_later(WHOLE_SECONDS, self._hang_up, begun, _OVER),
        ]
        self._open[begun] = None
        return begun

    def end(self, one: Conversation) -> None:
        """The connection is closed."""
        self._open.pop(one, None)
        for timer in one.timers:
            timer.cancel()

    def _end_a_stranger(self, one: Conversation) -> None:
        if not one.is_known:
            self._hang_up(one, _OVER)

    def _hang_up(self, one: Conversation, words: bytes) -> None:
        """Say why and close; at once if the other side reads nothing, since closing would wait for it."""
        self.end(one)
        reads = one.transport.get_write_buffer_size() == 0
        one.transport.write(words)
        if reads and one.transport.get_write_buffer_size() == 0:
            one.transport.close()
        else:
            one.transport.abort()
