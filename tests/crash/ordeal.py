"""A mailing leaves while all that it needs is killed again and again.

installed -> launched -> fault, fault, … (evenly spread over the mailing) -> everyone accounted for

The workers are real Celery processes as `mobilize up` starts them: they have to outlive the deaths of Redis and of
PostgreSQL by themselves. Only after a kill of their own are they started anew, as a supervisor does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mobilize import bootstrap
from mobilize.audiences.audience import Audience
from mobilize.core import crypto, db, feature, startup
from mobilize.core.settings import Settings, load
from mobilize.features import FEATURES
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.progress import Progress, progress_of
from mobilize.mailings.queries import mailing_anywhere
from tests.crash.crew import Crew
from tests.crash.own_postgres import OwnPostgres
from tests.crash.own_redis import OwnRedis
from tests.crash.workers import reap
from tests.crowd import make_overlapping_lists
from tests.factories import make_organisation
from tests.mailings.conftest import CONTENT
from tests.smtp_server import SmtpServer, running

BULK_WORKERS = 2
AWAY = 0.3
"""Seconds that a killed server is away: many times what a worker needs to find out."""

DELAY = 0.1
"""Seconds between two answers of the mail server: slow enough to be interrupted on the fastest machine."""


@dataclass(frozen=True)
class Size:
    """``each`` people on each of the eight ways to be on three lists, and how often which part is killed."""

    each: int
    workers: int
    redis: int
    postgresql: int

    @property
    def people(self) -> int:
        return 8 * self.each

    def faults(self, *, postgresql: bool) -> list[tuple[float, str]]:
        """Each with the share of the mailing after which it strikes; a database in a file cannot be killed.

        None strikes in the last fifth, which may be on the wire all at once.
        """
        numbers = {"workers": self.workers, "redis": self.redis, "postgresql": self.postgresql if postgresql else 0}
        return sorted((0.8 * (at + 0.5) / number, name) for name, number in numbers.items() for at in range(number))


SMALL = Size(each=150, workers=3, redis=1, postgresql=1)
FULL = Size(each=1_250, workers=20, redis=5, postgresql=3)


@dataclass(frozen=True)
class Kill:
    """How many rows a kill of all workers left ``in_doubt``.

    ``windows`` is how many each worker may have left open: one, and one for each death of the database since the last
    kill, because a commit that is cut off may have happened or not.
    """

    windows: int
    in_doubt: int


@dataclass
class Ordeal:
    """One installation, what it runs on, and the mailing that leaves from it."""

    settings: Settings
    crew: Crew
    server: SmtpServer
    redis: OwnRedis
    postgres: OwnPostgres | None
    house: int
    slug: str
    uid: str
    kills: list[Kill] = field(default_factory=list)
    deaths: int = 0

    def go_through(self, size: Size) -> None:
        """Every fault, one after the other, until nobody waits any more."""
        strike = {"workers": self.kill_workers, "redis": self.kill_redis, "postgresql": self.kill_postgresql}
        self.crew.start()
        for share, name in size.faults(postgresql=self.postgres is not None):
            self.crew.until(lambda share=share: self.is_under_way(share * size.people))  # type: ignore[misc]
            strike[name]()
        self.wait_until_ended()

    def kill_workers(self) -> None:
        """All at once; then the time of their leases passes, and a supervisor starts them again."""
        self.crew.kill()
        before = self.progress().unknown
        reap()
        self.kills.append(Kill(1 + self.deaths, self.progress().unknown - before))
        self.deaths = 0
        self.crew.start()

    def kill_redis(self) -> None:
        self.redis.kill()
        time.sleep(AWAY)
        self.redis.start()

    def kill_postgresql(self) -> None:
        assert self.postgres is not None
        self.deaths += 1
        self.postgres.kill()
        time.sleep(AWAY)
        self.postgres.start()

    def wait_until_ended(self) -> None:
        self.crew.until(lambda: self.progress().has_ended)

    def is_under_way(self, settled: float) -> bool:
        """Whether so many rows have come to an end, if only to a doubtful one, and others are on the wire now."""
        found = self.progress()
        return found.accepted + found.unknown >= settled and found.attempting > 0

    def progress(self) -> Progress:
        with db.reading():
            return progress_of(mailing_anywhere(self.uid))


@contextmanager
def installed(folder: Path, size: Size, *, postgresql: bool) -> Iterator[Ordeal]:
    """An installation in ``folder`` on servers of its own, with a mailing that is due; this process is connected."""
    redis, postgres = OwnRedis(), OwnPostgres() if postgresql else None
    redis.start()
    try:
        with running(SmtpServer(delay=DELAY)) as server:
            environ = {
                "MOBILIZE_DATA_DIR": str(folder),
                "MOBILIZE_REDIS_URL": redis.url,
                "MOBILIZE_SMTP_URL": f"{server.url}?starttls=off",
                **({"MOBILIZE_DATABASE_URL": postgres.create()} if postgres is not None else {}),
            }
            yield from _populated(environ, folder, size, server, redis, postgres)
    finally:
        db.disconnect()
        crypto.use(None)
        redis.remove()
        if postgres is not None:
            postgres.remove()


def _populated(
    environ: dict[str, str], folder: Path, size: Size, server: SmtpServer, redis: OwnRedis, postgres: OwnPostgres | None
) -> Iterator[Ordeal]:
    settings = load(environ)
    feature.use(FEATURES)
    bootstrap.prepare(settings)
    startup.connect(settings)
    with db.writing():
        city = make_organisation()
        lists, _people = make_overlapping_lists(city, size.each)
        uid = service.create_mailing(Audience.of(city.id, lists), parse_content_file(json.dumps(CONTENT))).uid
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
    crew = Crew(environ, folder, ["background", *["bulk"] * BULK_WORKERS])
    try:
        yield Ordeal(settings, crew, server, redis, postgres, city.id, city.slug, uid)
    finally:
        crew.stop()
