"""End to end: personalised messages from the ledger to smtp-sink, beside one canned message over the same transport,
and beside the ordinary way (``EmailMessage`` and ``smtplib``).

python -m tests.bench bench_send [messages] [sqlite|postgresql]
"""

from __future__ import annotations

import smtplib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from tests.bench import servers
from tests.bench.installation import finished, installed, make_house, one_message
from tests.bench.workers import drain, push, smtp_url

KINDS = ("sqlite", "postgresql")
WORKERS = (1, 2)


def main(n: int = 20_000, *kinds: str) -> Iterator[str]:
    """The lines of the report."""
    for kind in kinds or KINDS:
        with database(kind) as url:
            yield from lines(n, kind, url)
    yield ordinary_way(max(n // 50, 3))


def lines(n: int, kind: str, database_url: str | None) -> Iterator[str]:
    """Messages a second with one worker and with two, and how near that comes to the canned message."""
    with installed(database_url) as settings, servers.sink() as port:
        house = make_house(n)
        for workers in WORKERS:
            uid = house.launch()
            canned = one_message()
            limit = push(settings, smtp_url(port), workers, canned, n)
            spent = drain(settings, smtp_url(port), workers)
            assert finished(uid).audience == n
            yield (
                f"{kind}, {workers} worker(s)  n={n} of {len(canned.message) / 1000:.0f} KB  "
                f"{n / spent.wall:7.0f} messages/s  {limit.wall / spent.wall:.2f} of the canned message "
                f"({n / limit.wall:.0f}/s)  worker {1e6 * spent.cpu / n:.0f} us a message, canned "
                f"{1e6 * limit.cpu / n:.0f} us"
            )


def ordinary_way(n: int) -> str:
    """The same mail built anew for every reader and handed over by smtplib."""
    with servers.sink() as port, installed() as _settings:
        make_house(1).launch()
        body = one_message().message.decode("ascii")
        with smtplib.SMTP("127.0.0.1", port) as server:
            start = time.perf_counter()
            for number in range(n):
                message = EmailMessage()
                message["From"], message["To"] = "news@example.org", f"person{number}@example.net"
                message["Subject"] = "A fortnight"
                message.set_content(body[: len(body) // 4])
                message.add_alternative(body[len(body) // 4 :], subtype="html")
                server.send_message(message)
            seconds = time.perf_counter() - start
    return f"the ordinary way, one process  n={n}  {n / seconds:7.0f} messages/s"


@contextmanager
def database(kind: str) -> Iterator[str | None]:
    """Where the ledger is kept: nothing for SQLite, the URL of an empty PostgreSQL database."""
    if kind == "sqlite":
        yield None
        return
    with servers.postgresql() as url:
        yield url


if __name__ == "__main__":
    for line in main(int(sys.argv[1]) if sys.argv[1:] else 20_000, *sys.argv[2:]):
        print(line, flush=True)
