"""A long way on one machine: passes octets on, each a while after it came.

python -m tests.bench.delaying_proxy <port to listen on> <port to pass on to> <round trip in seconds>
"""

from __future__ import annotations

import asyncio
import sys


async def main(near: int, far: int, round_trip: float) -> None:
    """Serve until terminated."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beyond_reader, beyond_writer = await asyncio.open_connection("127.0.0.1", far)
        await asyncio.gather(
            _pass_on(reader, beyond_writer, round_trip / 2), _pass_on(beyond_reader, writer, round_trip / 2)
        )

    async with await asyncio.start_server(serve, "127.0.0.1", near) as server:
        await server.serve_forever()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """One way: reading never waits for writing, as on a wire with room for everything."""
    loop = asyncio.get_running_loop()
    try:
        while octets := await reader.read(1 << 18):
            loop.call_later(delay, writer.write, octets)
    except ConnectionError:
        pass
    loop.call_later(delay, writer.close)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
