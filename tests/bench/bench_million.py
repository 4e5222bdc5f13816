"""A million recipients: how long the launch takes, when the first mail leaves, and what memory a worker needs.

python -m tests.bench.bench_million [recipients] [postgresql|sqlite]
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

from mobilize.core import db
from mobilize.core.settings import Settings
from mobilize.mailings.launch import launch_due
from mobilize.mailings.progress import Progress, progress_of
from mobilize.mailings.queries import mailing_anywhere
from tests.bench import servers
from tests.bench.bench_send import database
from tests.bench.installation import House, installed, make_house
from tests.bench.workers import Spent, drain, smtp_url

FEW = 1_000
WATCHED_FOR = 30.0
_WORKER_STARTS = 5.0


def main(n: int = 1_000_000, *kinds: str, seconds: float = WATCHED_FOR) -> Iterator[str]:
    """The lines of the report."""
    for kind in kinds or ("postgresql",):
        with database(kind) as url, installed(url) as settings:
            make_house(min(FEW, n)).launch()
            small = drained(settings, seconds)
            house = make_house(n)
            yield f"{kind}  launch of {n} recipients  {launched(house):.1f} s"
            large = drained(settings, seconds)
            first, whole = launched_while_sending(house, settings, seconds)
            yield (
                f"{kind}  launch of {n} recipients while a worker sends  {whole:.1f} s, "
                f"first mail accepted after {first:.2f} s"
            )
            yield (
                f"{kind}  memory of a worker  {small.memory:.0f} MB after {min(FEW, n)} recipients, "
                f"{large.memory:.0f} MB after {seconds:.0f} s of {n} ({large.memory / small.memory:.2f})"
            )


def launched(house: House) -> float:
    """Seconds until every recipient is in the ledger."""
    house.schedule()
    return _timed_launch()


def drained(settings: Settings, seconds: float) -> Spent:
    """What a worker spends on what is due, or on so many seconds of it."""
    with servers.sink() as port:
        return drain(settings, smtp_url(port), seconds=seconds)


def launched_while_sending(house: House, settings: Settings, seconds: float) -> tuple[float, float]:
    """Seconds until the first mail was accepted, and until every recipient was in the ledger; the worker sends on."""
    uid = house.schedule()
    with servers.sink() as port:
        worker = threading.Thread(
            target=drain,
            args=(settings, smtp_url(port)),
            kwargs={"seconds": _WORKER_STARTS + seconds, "waits": _WORKER_STARTS + seconds},
        )
        worker.start()
        time.sleep(_WORKER_STARTS)
        start = time.perf_counter()
        whole: list[float] = []
        launch = threading.Thread(target=lambda: whole.append(_timed_launch()))
        launch.start()
        while not _progress(uid).accepted:
            time.sleep(0.05)
        first = time.perf_counter() - start
        launch.join()
        worker.join()
    return first, whole[0]


def _timed_launch() -> float:
    start = time.perf_counter()
    launch_due()
    return time.perf_counter() - start


def _progress(uid: str) -> Progress:
    with db.reading():
        return progress_of(mailing_anywhere(uid))


if __name__ == "__main__":
    for line in main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000, *sys.argv[2:]):
        print(line, flush=True)
