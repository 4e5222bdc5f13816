"""While a large bulk mailing runs: how soon an urgent mailing's first mail and a confirmation are accepted.

python -m tests.bench.bench_urgent [bulk mails]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Message, Recipient, Stream
from mobilize.delivery.queries import groups
from mobilize.delivery.service import send
from mobilize.organisations.models import Organisation
from tests.bench import servers
from tests.bench.installation import House, installed, make_house
from tests.bench.workers import smtp_url
from tests.crash.crew import Crew

QUEUES = ("transactional", "urgent", "bulk", "background")


def main(n: int = 100_000, round_trip: float = 0.0) -> Iterator[str]:
    """The lines of the report.

    Over a round trip (seconds) a small bulk mailing lasts for a while on a machine of any speed.
    """
    with installed() as settings, _server(round_trip) as port, TemporaryDirectory() as folder:
        house, few = make_house(n), make_house(100)
        house.launch()
        crew = Crew(_environ(settings, port), Path(folder), QUEUES)
        crew.start()
        try:
            crew.until(lambda: _accepted(Stream.BULK) > 0)
            few.schedule(urgent=True)
            urgent = _seconds_until_accepted(crew, Stream.URGENT)
            confirm(few)
            confirmation = _seconds_until_accepted(crew, Stream.TRANSACTIONAL)
            left = n - _accepted(Stream.BULK)
        finally:
            crew.stop()
    assert left > 0, "the bulk mailing ended too soon to say anything"
    yield f"urgent mailing's first mail accepted after {urgent:.2f} s, confirmation after {confirmation:.2f} s"
    yield f"of {n} bulk mails {left} were still to leave"


def confirm(house: House) -> None:
    """A confirmation mail to one of its readers, as a sign-up makes it."""
    with db.writing():
        organisation = session.get_one(Organisation, house.organisation_id)
        reader = session.scalars(select(Recipient).where(Recipient.organisation_id == organisation.id)).first()
        assert reader is not None
        facts = {"lists": "News", "action_url": "https://example.org/c/1"}
        send(
            "signup/confirm",
            organisation=organisation,
            language="en",
            recipient=reader,
            anchor="signup:bench",
            facts=facts,
        )


@contextmanager
def _server(round_trip: float) -> Iterator[int]:
    with servers.sink() as port:
        if not round_trip:
            yield port
            return
        with servers.far_away(port, round_trip) as far:
            yield far


def _environ(settings: Settings, port: int) -> dict[str, str]:
    return {
        "MOBILIZE_DATA_DIR": str(settings.data_dir),
        "MOBILIZE_DATABASE_URL": settings.database_url,
        "MOBILIZE_REDIS_URL": settings.redis_url,
        "MOBILIZE_SMTP_URL": smtp_url(port),
    }


def _seconds_until_accepted(crew: Crew, stream: Stream) -> float:
    """From now until the first mail of a stream was accepted; the clock ticks as beat lets it."""
    start = time.perf_counter()
    while not _accepted(stream):
        crew.ring_clock()
        time.sleep(0.02)
    return time.perf_counter() - start


def _accepted(stream: Stream) -> int:
    with db.reading():
        ids = session.scalars(select(Message.id).where(Message.stream == stream)).all()
        return sum(groups(message_id).accepted for message_id in ids)


if __name__ == "__main__":
    for line in main(*map(int, sys.argv[1:2])):
        print(line, flush=True)
