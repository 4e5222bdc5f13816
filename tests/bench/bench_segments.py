"""Counting a segment over a million people: alone, and as who of a list gets a mailing.

python -m tests.bench.bench_segments [people] [postgresql|sqlite]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import insert, select, text, update

from mobilize.audiences.audience import Audience
from mobilize.audiences.counting import count_within
from mobilize.audiences.models import Segment
from mobilize.audiences.segments import people_in
from mobilize.audiences.service import create_segment
from mobilize.core import clock, db
from mobilize.core.db import new_uid, session
from mobilize.delivery.models import Recipient
from mobilize.questions.models import Answer, QuestionKind
from mobilize.questions.rules import own_fields
from mobilize.questions.service import QuestionFacts, create_question
from mobilize.subscribers.models import MailingList
from tests.bench.bench_send import database
from tests.bench.installation import PAGE, House, installed, make_house

AIM = {"postgresql": 1.0, "sqlite": 3.0}
LONGEST = 120.0
ROUNDS = 5


def main(n: int = 1_000_000, *kinds: str) -> Iterator[str]:
    """The lines of the report."""
    for kind in kinds or ("sqlite", "postgresql"):
        with database(kind) as url, installed(url):
            house = make_house(n)
            segments = _made(house)
            _analyse()
            for name, row in segments.items():
                people, seconds = _timed(partial(_counted, row))
                yield f"{kind}  {n} people  {name:<40} {people:>8}  {seconds:6.2f} s  (aim {AIM[kind]:.0f} s)"
            narrowed = Audience.of(house.organisation_id, [house.list_id], (), [segments["all of three"].id])
            people, seconds = _timed(partial(_numbers, narrowed))
            yield f"{kind}  {n} people  {'a list, narrowed by the last':<40} {people:>8}  {seconds:6.2f} s"


def _made(house: House) -> dict[str, Segment]:
    """A third read French, half answered yes, a fifth said a number: segments of these, alone and joined."""
    with db.writing():
        yes = _question(house, "comes", QuestionKind.YES_NO)
        number = _question(house, "guests", QuestionKind.NUMBER)
        news = session.get_one(MailingList, house.list_id).uid
        french = update(Recipient).where(Recipient.id % 3 == 0)
        session.execute(french.values(language="fr"))
        ids = list(session.scalars(select(Recipient.id).order_by(Recipient.id)))
    for first in range(0, len(ids), PAGE):
        with db.writing():
            _answer(house, yes[0], number[0], ids[first : first + PAGE])
    speaks = {"condition": "language", "facts": {"languages": ["fr"]}}
    said = {"condition": "yes-no", "facts": {"field": yes[1], "said": "yes"}}
    guests = {"condition": "number", "facts": {"field": number[1], "how": "at-least", "number": 2}}
    subscribed = {"condition": "subscribed", "facts": {"list": news}}
    trees: dict[str, Any] = {
        "on a list of everybody": subscribed,
        "language": speaks,
        "not the language": {"not": speaks},
        "any of three": {"any": [speaks, said, guests]},
        "none of three": {"not": {"any": [speaks, said, guests]}},
        "on the list, not the language, or a number": {"all": [subscribed, {"any": [{"not": speaks}, guests]}]},
        "all of three": {"all": [subscribed, said, {"not": speaks}]},
    }
    with db.writing():
        return {name: create_segment(house.organisation_id, name, tree) for name, tree in trees.items()}


def _question(house: House, slug: str, kind: QuestionKind) -> tuple[int, str]:
    owner = own_fields(house.organisation_id)
    row = create_question(house.organisation_id, owner, slug, kind, QuestionFacts({"en": slug}))
    return row.id, row.uid


def _answer(house: House, yes: int, number: int, ids: list[int]) -> None:
    shared = {"organisation_id": house.organisation_id, "answered_at": clock.now()}
    said = [
        {**shared, "uid": new_uid(), "question_id": yes, "recipient_id": one, "yes": one % 4 < 2, "number": None}
        for one in ids
    ]
    numbers = [
        {**shared, "uid": new_uid(), "question_id": number, "recipient_id": one, "yes": None, "number": float(one % 7)}
        for one in ids
        if one % 5 == 0
    ]
    session.execute(insert(Answer), [*said, *numbers])


def _analyse() -> None:
    """Statistics and the map of visible pages, as autovacuum brings them within minutes."""
    statement = "ANALYZE" if db.is_sqlite() else "VACUUM ANALYZE"
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))


def _counted(row: Segment) -> int:
    with db.reading():
        found = count_within(people_in(row), LONGEST)
    assert found is not None
    return found


def _numbers(audience: Audience) -> int:
    with db.reading():
        return audience.numbers().people


def _timed(count: Any) -> tuple[int, float]:
    """What is counted, and the median of some rounds in seconds."""
    taken, people = [], 0
    for _round in range(ROUNDS):
        start = time.perf_counter()
        people = count()
        taken.append(time.perf_counter() - start)
    return people, sorted(taken)[len(taken) // 2]


if __name__ == "__main__":
    for line in main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000, *sys.argv[2:]):
        print(line, flush=True)
