"""A long way on one machine: passes octets on, each a while after it came.

python -m tests.bench.delaying_proxy <port to listen on> <port to pass on to> <round trip in seconds>
"""

from __future__ import annotations

import asyncio
import sys


async def main(near: int, far: int, round_trip: float) -> None:
    """Serve until terminated."""
    loop, delay = asyncio.get_running_loop(), round_trip / 2

    def accepted() -> asyncio.Protocol:
        here, there = End(delay), End(delay)
        here.other, there.other = there, here
        opening.add(task := loop.create_task(loop.create_connection(lambda: there, "127.0.0.1", far)))
        task.add_done_callback(opening.discard)
        return here

    opening: set[asyncio.Task[object]] = set()
    server = await loop.create_server(accepted, "127.0.0.1", near)
    await server.serve_forever()


class End(asyncio.Protocol):
    """One end of a way: what comes in here leaves at the other end later. Reading never waits for writing."""

    other: End

    def __init__(self, delay: float) -> None:
        self._delay, self._loop = delay, asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, octets: bytes) -> None:
        self._loop.call_later(self._delay, self.other.write, octets)

    def connection_lost(self, _reason: Exception | None) -> None:
        self._loop.call_later(self._delay, self.other.close)

    def write(self, octets: bytes) -> None:
        """Called a delay after the octets came: the connection onwards is made by then."""
        if self._transport is not None:
            self._transport.write(octets)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
