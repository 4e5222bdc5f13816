"""End to end: personalised messages from the ledger to smtp-sink, beside one canned message over the same transport,
and beside the ordinary way (``EmailMessage`` and ``smtplib``).

The canned message is also sent through the ledger: what rendering, of whatever speed, leaves possible.

python -m tests.bench.bench_send [messages] [sqlite|postgresql]
"""

from __future__ import annotations

import smtplib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from statistics import median

from mobilize.core.settings import Settings
from tests.bench import servers
from tests.bench.installation import House, finished, installed, make_house, one_message
from tests.bench.workers import Spent, drain, push, smtp_url

KINDS = ("sqlite", "postgresql")
WORKERS = (1, 2)
ROUNDS = 5


def main(n: int = 20_000, *kinds: str) -> Iterator[str]:
    """The lines of the report."""
    for kind in kinds or KINDS:
        with database(kind) as url:
            yield from lines(n, kind, url)
    yield ordinary_way(max(n // 50, 3))


def lines(n: int, kind: str, database_url: str | None) -> Iterator[str]:
    """Messages a second with one worker and with two, and how near that comes to the canned message.

    Limit and work take turns, because a machine that is shared is not equally fast all the time; medians are given.
    """
    each = max(n // ROUNDS, 1)
    with installed(database_url) as settings, servers.sink() as port:
        house = make_house(each)
        for workers in WORKERS:
            rounds = [one_round(house, settings, smtp_url(port), workers, each) for _ in range(ROUNDS)]
            limit, unrendered, spent = zip(*rounds, strict=True)
            yield (
                f"{kind}, {workers} worker(s)  {ROUNDS} rounds of {each}  "
                f"{median(each / one.wall for one in spent):6.0f} messages/s  "
                f"{median(canned.wall / one.wall for canned, _, one in rounds):.2f} of the canned message "
                f"({median(each / one.wall for one in limit):.0f}/s), which through the ledger reaches "
                f"{median(canned.wall / one.wall for canned, one, _ in rounds):.2f}  CPU of the workers "
                f"{median(1e6 * one.cpu / each for one in spent):.0f} us a message, "
                f"canned {median(1e6 * one.cpu / each for one in limit):.0f} us, through the ledger "
                f"{median(1e6 * one.cpu / each for one in unrendered):.0f} us; processors idle "
                f"{median(one.idle for one in spent):.2f}, taken by the host {median(one.stolen for one in spent):.2f} "
                f"(canned {median(one.idle for one in limit):.2f} and {median(one.stolen for one in limit):.2f})"
            )


def one_round(house: House, settings: Settings, smtp: str, workers: int, readers: int) -> tuple[Spent, Spent, Spent]:
    """What the canned message takes, the same through the ledger, and a mailing of as many mails."""
    uid, canned = house.launch(), one_message()
    limit = push(settings, smtp, workers, canned, readers)
    unrendered = drain(settings, smtp, workers, canned=canned)
    assert finished(uid).audience == readers
    uid = house.launch()
    spent = drain(settings, smtp, workers)
    assert finished(uid).audience == readers
    return limit, unrendered, spent


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
