"""Answers are kept in the column of their kind or sealed, found again, erased, and deleted when their time ends."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from mobilize import tick
from mobilize.core import clock, crypto, db, feature
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from mobilize.delivery.forgetting import forget_recipients
from mobilize.delivery.models import Recipient
from mobilize.organisations.models import Organisation
from mobilize.questions import files
from mobilize.questions.answering import answer, answer_many, erase_answers, share_questions
from mobilize.questions.models import Answer, AnswerChoice, EndedFile, Question, QuestionChoice
from mobilize.questions.queries import answers_held, every_question
from mobilize.questions.rules import own_fields
from mobilize.questions.service import ChoiceFacts, change_question
from tests.questions.conftest import World, facts
from tests.staff import COOKIE, sign_in

PDF = b"%PDF-1.7 a letter of recommendation\0\0"


def everything(world: World) -> dict[str, object]:
    return {
        "short_text": "Marollen",
        "long_text": "Since 1998,\nin the rain",
        "number": 3.5,
        "date": date(2024, 2, 29),
        "choice": (world.choices("choice")["Blue"],),
        "several": (world.choices("several")["Red"], world.choices("several")["Green"]),
        "yes_no": False,
        "country": "BE",
    }


def give(world: World, answers: dict[str, object], person: int = 0) -> bool:
    given = {world.ids[slug]: value for slug, value in answers.items()}
    with db.writing():
        return answer(world.people[person], given)


def held(world: World, person: int = 0) -> dict[str, object]:
    with db.reading():
        return {one.question.slug: one.value for one in answers_held([world.people[person]])}


def rows(model: type[db.Base]) -> int:
    with db.reading():
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_every_kind_comes_back_as_it_was_given(world: World):
    give(world, everything(world))
    assert held(world) == everything(world)
    assert held(world, person=1) == {}


def test_plain_kinds_can_be_asked_by_sql_and_texts_cannot(world: World):
    """A segment compares columns; of a text the database holds no letter."""
    give(world, everything(world))
    with db.reading():
        found = dict(
            session.execute(select(Question.slug, Answer).join(Answer, Answer.question_id == Question.id)).all()
        )
        chosen = select(Question.slug, QuestionChoice.labels).join(Question, Question.id == QuestionChoice.question_id)
        chosen = chosen.join(AnswerChoice, AnswerChoice.choice_id == QuestionChoice.id)
        labels = sorted((slug, words["en"]) for slug, words in session.execute(chosen))
        assert (found["number"].number, found["date"].day) == (3.5, date(2024, 2, 29))
        assert (found["yes_no"].yes, found["country"].country) == (False, "BE")
        assert {slug for slug, row in found.items() if row.value_sealed} == {"short_text", "long_text"}
    assert labels == [("choice", "Blue"), ("several", "Green"), ("several", "Red")]


def test_a_sealed_answer_opens_on_no_other_row(world: World):
    """Moving one person's sealed answer to another's row gives an error, not the answer."""
    give(world, {"short_text": "Marollen"})
    give(world, {"short_text": "Sablon"}, person=1)
    with db.writing():
        first, second = session.scalars(select(Answer).order_by(Answer.id))
        first.value_sealed, second.value_sealed = second.value_sealed, first.value_sealed
    with db.reading(), pytest.raises(crypto.CannotOpen):
        answers_held([world.people[0]])


def test_a_sensitive_question_is_sealed_whatever_its_kind(world: World):
    """No plain column and no choice names what was answered."""
    plain = set(everything(world)) - {"short_text", "long_text"}
    with db.writing():
        for slug in sorted(plain):
            asked = next(one for one in every_question(own_fields(world.organisation_id)) if one.slug == slug)
            choices = [(c.labels, c.uid) for c in asked.choices]
            change_question(asked.id, facts(sensitive=True, choices=[ChoiceFacts(*one) for one in choices]))
    give(world, everything(world))
    assert held(world) == everything(world)
    with db.reading():
        for row in session.scalars(select(Answer)):
            assert row.value_sealed is not None
            assert {row.number, row.day, row.yes, row.country} == {None}
    assert rows(AnswerChoice) == 0


def test_marking_a_question_sensitive_seals_what_was_answered(world: World, installation: Settings):
    """The clock does it in steps; the answers stay readable all the while."""
    give(world, {"country": "BE", "several": everything(world)["several"]})
    give(world, {"country": "FR"}, person=1)
    for slug in ("country", "several"):
        choices = [ChoiceFacts(c.labels, c.uid) for c in world.asked(slug).choices]
        with db.writing():
            change_question(world.ids[slug], facts(sensitive=True, choices=choices))
    assert held(world)["country"] == "BE"
    tick.run(clock.now(), installation)
    assert held(world) == {"country": "BE", "several": everything(world)["several"]}
    assert held(world, person=1) == {"country": "FR"}
    with db.reading():
        assert set(session.scalars(select(Answer.country))) == {None}
        assert not session.scalar(select(Question.id).where(Question.to_seal))
    assert rows(AnswerChoice) == 0


def test_an_answer_changes_and_goes(world: World):
    """Another value replaces it, none deletes it, the same keeps its date, and choices do not pile up."""
    give(world, everything(world))
    with db.reading():
        before = {row.question_id: row.uid for row in session.scalars(select(Answer))}
    changed = give(world, {**everything(world), "number": 4.0, "several": None})
    assert changed
    assert held(world) == {name: value for name, value in everything(world).items() if name != "several"} | {
        "number": 4.0
    }
    with db.reading():
        after = {row.question_id: row.uid for row in session.scalars(select(Answer))}
    kept = {question for question, uid in after.items() if before[question] == uid}
    assert len(kept) == len(everything(world)) - 2
    assert rows(AnswerChoice) == 1
    assert not give(world, {"number": 4.0, "several": None})


def test_a_question_of_another_organisation_is_not_answered(world: World):
    with db.writing(), pytest.raises(NotFound):
        answer(world.stranger, {world.ids["number"]: 1.0})


def test_many_people_take_few_statements(world: World):
    """The number of statements does not depend on the number of people."""
    ids = {slug: world.ids[slug] for slug in ("number", "several", "short_text")}
    values = everything(world)
    given = {person: {ids[slug]: values[slug] for slug in ids} for person in world.people}
    with db.writing():
        asked = share_questions(ids.values(), world.organisation_id)
        assert answer_many(given, asked) == set(world.people)
        assert answer_many(given, asked) == set()
    assert held(world, person=0) == held(world, person=1) == {slug: values[slug] for slug in ids}


def test_a_file_is_sealed_on_disk_and_comes_back(world: World, installation: Settings):
    """Neither its content nor its name stands on the disk."""
    file = give_file(world, installation, "letter.pdf", PDF)
    (path,) = installation.answers_dir.iterdir()
    assert b"PDF" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert "letter" not in path.name
    assert held(world)["file"] == file
    assert files.read(installation.answers_dir, file) == PDF


def test_a_file_that_was_moved_to_anothers_name_does_not_open(world: World, installation: Settings):
    file = give_file(world, installation, "letter.pdf", PDF)
    other = give_file(world, installation, "other.pdf", PDF + b"2", person=1)
    folder = installation.answers_dir
    (folder / file.stored).write_bytes((folder / other.stored).read_bytes())
    with pytest.raises(crypto.CannotOpen):
        files.read(folder, file)


def test_another_file_replaces_the_first_on_disk(world: World, installation: Settings):
    """The tick removes the first after the commit: until then it is still somebody's answer."""
    give_file(world, installation, "letter.pdf", PDF)
    second = give_file(world, installation, "better.pdf", PDF + b"2")
    tick.run(clock.now(), installation)
    assert [path.name for path in installation.answers_dir.iterdir()] == [second.stored]


def test_erasing_leaves_nothing_of_a_person(world: World, installation: Settings):
    """No row, no choice, no file; other people's answers stay, and then nothing holds the person."""
    give(world, everything(world))
    give_file(world, installation, "letter.pdf", PDF)
    give(world, {"number": 1.0}, person=1)
    with db.writing():
        assert not erase_answers(world.people[0])
    tick.run(clock.now(), installation)
    assert held(world) == {}
    assert held(world, person=1) == {"number": 1.0}
    assert (rows(Answer), rows(AnswerChoice), rows(EndedFile)) == (1, 0, 0)
    assert list(installation.answers_dir.iterdir()) == []
    with db.writing():
        assert forget_recipients(list(world.people)) == [world.people[0]]


def test_a_rolled_back_erasure_keeps_the_file(world: World, installation: Settings):
    file = give_file(world, installation, "letter.pdf", PDF)
    with db.writing():
        erase_answers(world.people[0])
        db.abandon()
    tick.run(clock.now(), installation)
    assert files.read(installation.answers_dir, file) == PDF


def test_answers_are_deleted_when_their_retention_ends(world: World, installation: Settings):
    """Those of this question, given so long ago; the file too."""
    now = clock.now()
    give(world, {"number": 1.0, "country": "BE"})
    give_file(world, installation, "letter.pdf", PDF)
    for slug, days in (("number", 30), ("file", 30), ("country", 31)):
        with db.writing():
            change_question(world.ids[slug], facts(retention_days=days))
    with db.reading():
        ends = {one.question.slug: one.ends_at for one in answers_held([world.people[0]])}
    assert ends["country"] - ends["number"] == timedelta(days=1)
    tick.run(now + timedelta(days=29), installation)
    assert set(held(world)) == {"number", "country", "file"}
    tick.run(now + timedelta(days=30, minutes=1), installation)
    assert set(held(world)) == {"country"}
    assert list(installation.answers_dir.iterdir()) == []


def test_a_file_that_no_answer_names_is_removed_a_day_later(world: World, installation: Settings):
    """A crash between writing a file and committing its row; a file in use stays however old it is."""
    kept = give_file(world, installation, "letter.pdf", PDF)
    files.store(installation.answers_dir, "file", "lost.pdf", PDF)
    tick.run(clock.now(), installation)
    assert len(list(installation.answers_dir.iterdir())) == 2
    tick.run(clock.now() + timedelta(days=2), installation)
    assert [path.name for path in installation.answers_dir.iterdir()] == [kept.stored]


def test_no_answer_stands_in_the_trail(world: World):
    """It tells that a question was made or changed, and of answers nothing."""
    before = rows(AuditEntry)
    give(world, everything(world))
    with db.writing():
        erase_answers(world.people[0])
    assert rows(AuditEntry) == before


def test_a_dump_holds_no_letter_of_a_text(world: World):
    give(world, {"short_text": "Marollen", "long_text": "Marollen"})
    with db.reading():
        stored = session.execute(text("SELECT * FROM answers")).all()
    assert "Marollen" not in repr(stored)


def give_file(world: World, installation: Settings, name: str, octets: bytes, person: int = 0):
    file = files.store(installation.answers_dir, "file", name, octets)
    with db.writing():
        answer(world.people[person], {world.ids["file"]: file})
    return file


def test_what_is_held_is_shown_in_words_and_exported_as_values(world: World):
    """The section that a person's page and export show."""
    give(world, everything(world))
    with db.reading():
        (section,) = feature.personal_data()["questions"].held([world.people[0]])
    shown = {row["question"].value: (row["answer"].value, row["answer"].words) for row in section.rows}
    assert shown["country"] == ("BE", "Belgium")
    assert shown["short_text"] == ("Marollen", "Marollen")
    assert shown["choice"] == ("Blue", "Blue")
    assert (shown["number"], shown["yes_no"]) == (("3.5", "3.5"), ("false", "No"))
    assert {row["question"].words for row in section.rows} == {"Label"}


def test_staff_open_a_file_from_the_persons_page(app, client: FlaskClient, world: World, installation: Settings):
    """As something to save; colleagues of another organisation find nothing."""
    give_file(world, installation, "letter.pdf", PDF)
    give(world, {"country": "BE"})
    with db.writing():
        uid = session.get_one(Recipient, world.people[0]).uid
        client.set_cookie(COOKIE, sign_in(world.organisation_id, Role.CAMPAIGNER))
        elsewhere = session.get_one(Organisation, session.get_one(Recipient, world.stranger).organisation_id)
        stranger = sign_in(elsewhere.id, Role.OWNER)
    page = client.get(f"/studio/{world.slug}/people/{uid}").get_data(as_text=True)
    assert "Belgium" in page
    (path,) = re.findall(r'href="([^"]+/files/[a-z0-9]+)"', page)
    assert "letter.pdf" in page
    opened = client.get(path)
    assert (opened.data, opened.mimetype) == (PDF, "application/octet-stream")
    assert opened.headers["Content-Disposition"].startswith("attachment")
    client.set_cookie(COOKIE, stranger)
    assert client.get(path).status_code == 404
    assert client.get(path.replace(world.slug, elsewhere.slug)).status_code == 404
