"""End to end with DKIM: what a worker's CPU yields in signed and sent mails, against bare RSA-2048 signatures.

The transport alone bounds that: a finished message that is only signed and handed over costs a signature and its way.

python -m tests.bench.bench_signed [messages]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.bench import servers
from tests.bench.installation import finished, installed, make_house, one_message
from tests.bench.workers import drain, push, sign, smtp_url


def main(n: int = 10_000) -> Iterator[str]:
    """The lines of the report."""
    with installed() as settings, servers.sink() as port:
        house = make_house(n)
        house.sign()
        for workers in (1, 2):
            uid = house.launch()
            bare = sign(workers, n)
            canned = push(settings, smtp_url(port), workers, one_message(), n)
            spent = drain(settings, smtp_url(port), workers)
            finished(uid)
            yield (
                f"signed and sent, {workers} worker(s)  n={n}  {n / spent.wall:6.0f} messages/s  "
                f"{bare.wall / spent.wall:.2f} of bare signatures ({n / bare.wall:.0f}/s); "
                f"of the workers' CPU {bare.cpu / spent.cpu:.2f} ({1e6 * spent.cpu / n:.0f} us a message, "
                f"bare {1e6 * bare.cpu / n:.0f} us, the way of a finished message {1e6 * canned.cpu / n:.0f} us: "
                f"at most {bare.cpu / (bare.cpu + canned.cpu):.2f})"
            )


if __name__ == "__main__":
    for line in main(*map(int, sys.argv[1:])):
        print(line, flush=True)
