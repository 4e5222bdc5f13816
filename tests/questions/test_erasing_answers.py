"""Who is erased leaves no answer and no file: neither in the database nor on the disk."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from mobilize import tick
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.people.erasing import BY_STAFF, begin_erasure
from mobilize.questions import files
from mobilize.questions.answering import answer
from mobilize.questions.models import Answer, AnswerChoice, EndedFile
from tests.questions.conftest import World

PDF = b"%PDF-1.7 a letter"


def test_an_erased_person_leaves_no_answer_and_no_file(world: World, installation: Settings):
    """The erasure's steps delete the rows, and the clock the file; other people's answers stay."""
    file = files.store(installation.answers_dir, "file", "letter.pdf", PDF)
    blue = world.choices("choice")["Blue"]
    with db.writing():
        answer(world.people[0], {world.ids["file"]: file, world.ids["choice"]: (blue,), world.ids["country"]: "BE"})
        answer(world.people[1], {world.ids["country"]: "FR"})
    with db.writing():
        begin_erasure(world.organisation_id, [world.people[0]], BY_STAFF)
    tick.run(clock.now(), installation)
    tick.run(clock.now() + timedelta(seconds=10), installation)
    with db.reading():
        assert list(session.scalars(select(Answer.recipient_id))) == [world.people[1]]
        assert session.scalar(select(func.count()).select_from(AnswerChoice)) == 0
        assert session.scalar(select(func.count()).select_from(EndedFile)) == 0
    assert list(installation.answers_dir.iterdir()) == []
