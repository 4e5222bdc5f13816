"""How long service mail to many takes: from the first statement of ``send_many`` until a worker holds its first row.

Beside it what the same takes as so many mails to one (``send``), for as many as there is patience.

python -m tests.bench.bench_many [people] [sqlite|postgresql]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.delivery.models import Recipient, Stream
from mobilize.delivery.sending import claims
from mobilize.delivery.sending.claims import Hold
from mobilize.delivery.sending.windows import connect
from mobilize.delivery.service import Addressee, send, send_many
from mobilize.organisations.models import Organisation
from tests.bench.bench_send import KINDS, database
from tests.bench.installation import installed
from tests.crowd import make_people
from tests.factories import make_organisation

AIM = 1.0
ROUNDS = 5
LANGUAGES = ("en", "fr", "nl", "ar")


def main(n: int = 5_000, *kinds: str) -> Iterator[str]:
    """The lines of the report, one a kind of database."""
    for kind in kinds or KINDS:
        with database(kind) as url, installed(url):
            yield line(n, kind)


def line(n: int, kind: str) -> str:
    """Seconds of each round, and how many times as long the mails would take one by one."""
    organisation, rows = crowd(n)
    start = time.process_time()
    seconds = [until_claimed(organisation, rows) for _round in range(ROUNDS)]
    cpu = (time.process_time() - start) / ROUNDS
    few = rows[: max(1, n // 50)]
    middle, one_by_one = median(seconds), apart(organisation, few) / len(few) * n
    shown = ", ".join(f"{one:.2f}" for one in seconds)
    return (
        f"{kind}, first row claimed n={n} s  p50={middle:.2f}  (aim {AIM})  each: {shown}  CPU {cpu:.2f}  "
        f"{one_by_one / middle:.0f} times as long as so many mails to one ({one_by_one:.1f} s)"
    )


def crowd(n: int) -> tuple[Organisation, list[Addressee]]:
    """So many people in four languages, each with a fact and a link of their own."""
    with db.writing():
        organisation = make_organisation()
        each = [make_people(organisation, n // len(LANGUAGES) + 1, [], language) for language in LANGUAGES]
    found = [(person, language) for language, people in zip(LANGUAGES, each, strict=True) for person in people][:n]
    return organisation, [
        Addressee(person, language, {"lists": f"Decision {person}", "action_url": f"https://example.org/c/{person}"})
        for person, language in found
    ]


def until_claimed(organisation: Organisation, rows: list[Addressee]) -> float:
    """Seconds from the call until the first of the message's rows is claimed."""
    start = time.perf_counter()
    with db.writing():
        send_many("signup/confirm", rows, organisation=organisation, anchor="event:bench")
    now = clock.now()
    with connect() as connection, connection.begin():
        taken = claims.claim(connection, Stream.TRANSACTIONAL, Hold("bench"), 1000, now, now + timedelta(minutes=1))
    seconds = time.perf_counter() - start
    assert taken
    return seconds


def apart(organisation: Organisation, rows: list[Addressee]) -> float:
    """Seconds of the same mails, each a message of its own, in one transaction."""
    with db.reading():
        people = session.scalars(select(Recipient).where(Recipient.id.in_([row.recipient_id for row in rows]))).all()
        session.expunge_all()
    by_id = {person.id: person for person in people}
    start = time.perf_counter()
    with db.writing():
        for row in rows:
            send(
                "signup/confirm",
                organisation=organisation,
                language=row.language,
                recipient=by_id[row.recipient_id],
                anchor="event:bench",
                facts=row.facts,
            )
    return time.perf_counter() - start


if __name__ == "__main__":
    for one in main(*map(int, sys.argv[1:2]), *sys.argv[2:]):
        print(one, flush=True)
