"""A relay 50 ms away: one connection against lock-step, and a worker with 64 connections against 64 mails a round trip.

python -m tests.bench.bench_far [messages of the worker]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from mobilize.delivery.smtp.connections import LIMIT
from tests.bench import servers
from tests.bench.installation import finished, installed, make_house, one_message
from tests.bench.workers import drain, push, smtp_url

ROUND_TRIP = 0.05


def main(n: int = 20_000) -> Iterator[str]:
    """The lines of the report."""
    with installed() as settings, servers.sink() as port, servers.far_away(port, ROUND_TRIP) as far:
        house = make_house(n)
        uid = house.launch()
        canned, few = one_message(), max(n // 200, 5)
        lock_step = push(settings, smtp_url(far, "&pipelining=off"), 1, canned, few, limit=1).wall / few
        pipelined = push(settings, smtp_url(far), 1, canned, few * 3, limit=1).wall / (few * 3)
        yield (
            f"one connection over {1000 * ROUND_TRIP:.0f} ms  n={few * 3}  {1 / pipelined:6.1f} messages/s  "
            f"{lock_step / pipelined:.1f} times lock-step ({1 / lock_step:.1f}/s)"
        )
        spent = drain(settings, smtp_url(far))
        finished(uid)
        limit = LIMIT / ROUND_TRIP
        yield (
            f"a worker with {LIMIT} connections over {1000 * ROUND_TRIP:.0f} ms  n={n}  "
            f"{n / spent.wall:6.0f} messages/s  "
            f"{n / spent.wall / limit:.2f} of {LIMIT} messages a round trip ({limit:.0f}/s)  "
            f"processors idle {spent.idle:.2f}, taken by the host {spent.stolen:.2f}"
        )


if __name__ == "__main__":
    for line in main(*map(int, sys.argv[1:])):
        print(line, flush=True)
