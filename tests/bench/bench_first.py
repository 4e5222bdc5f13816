"""How soon after the commit of "send now" the mail server has accepted the first mail; no clock ticks meanwhile.

python -m tests.bench.bench_first [people]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from mobilize.core import clock, db, heartbeat
from mobilize.core.db import session
from mobilize.delivery.models import Claim
from mobilize.mailings import service
from mobilize.mailings.queries import mailing_anywhere
from tests.bench.installation import House, installed, make_house
from tests.bench.workers import smtp_url
from tests.crash.crew import Crew
from tests.smtp_server import SmtpServer, running

AIM = 0.5
ROUNDS = 5


def main(n: int = 100_000, rounds: int = ROUNDS) -> Iterator[str]:
    """The lines of the report: seconds of each round, the first of which opens connections."""
    with installed() as settings, running(SmtpServer()) as server, TemporaryDirectory() as folder:
        house = make_house(n)
        environ = {
            "MOBILIZE_DATA_DIR": str(settings.data_dir),
            "MOBILIZE_DATABASE_URL": settings.database_url,
            "MOBILIZE_REDIS_URL": settings.redis_url,
            "MOBILIZE_SMTP_URL": smtp_url(server.port),
        }
        crew = Crew(environ, Path(folder), ("bulk", "background"))
        crew.start()
        try:
            crew.until(_are_ready)
            seconds = [_seconds(crew, house, server) for _round in range(rounds)]
        finally:
            crew.stop()
    shown = ", ".join(f"{one:.2f}" for one in seconds)
    middle = sorted(seconds)[len(seconds) // 2]
    yield f"first mail accepted n={n} s  p50={middle:.2f}  (aim {AIM})  each: {shown}"


def _seconds(crew: Crew, house: House, server: SmtpServer) -> float:
    """From the commit to the first mail; then the mailing is cancelled, and what was on the wire arrives."""
    before = len(server.messages)
    uid = house.schedule()
    start = time.perf_counter()
    crew.until(lambda: len(server.messages) > before, clock=False, look_every=0.002)
    seconds = time.perf_counter() - start
    with db.writing():
        service.cancel(mailing_anywhere(uid))
    crew.until(_nothing_is_held, clock=False)
    return seconds


def _are_ready() -> bool:
    with db.reading():
        return heartbeat.live_queues(clock.now()) >= {"bulk", "background"}


def _nothing_is_held() -> bool:
    with db.reading():
        return session.scalar(select(func.count()).select_from(Claim)) == 0


if __name__ == "__main__":
    for line in main(*map(int, sys.argv[1:2])):
        print(line, flush=True)
