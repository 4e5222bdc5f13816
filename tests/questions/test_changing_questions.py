"""Questions change without making an answer unreadable."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from mobilize.core import db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.questions.answering import answer
from mobilize.questions.models import QuestionKind
from mobilize.questions.queries import answers_held, question_row, questions, questions_by_id
from mobilize.questions.rules import Owner, own_fields, read_typed
from mobilize.questions.service import (
    ChoiceFacts,
    ask_again,
    change_question,
    create_question,
    end_question,
    move_question,
)
from tests.questions.conftest import World, facts


def choose(world: World, slug: str, *labels: str) -> None:
    uids = tuple(world.choices(slug)[label] for label in labels)
    with db.writing():
        answer(world.people[0], {world.ids[slug]: uids})


def said(world: World) -> dict[str, str]:
    with db.reading():
        return {one.question.slug: one.shown("en", "en") for one in answers_held([world.people[0]])}


def keep_only(world: World, slug: str, *labels: str) -> None:
    choices = [ChoiceFacts({"en": label}, world.choices(slug).get(label, "")) for label in labels]
    with db.writing():
        change_question(world.ids[slug], facts(choices=choices))


@pytest.mark.parametrize("slug", ["choice", "several"])
def test_a_choice_that_somebody_has_is_offered_no_more_and_stays_readable(world: World, slug: str):
    """One that nobody has goes."""
    choose(world, slug, "Blue")
    keep_only(world, slug, "Green", "Yellow")
    assert said(world) == {slug: "Blue"}
    assert [(one.labels["en"], one.ended) for one in world.asked(slug).choices] == [
        ("Green", False),
        ("Yellow", False),
        ("Blue", True),
    ]
    with pytest.raises(Refused):
        read_typed(world.asked(slug), [world.choices(slug)["Blue"]])


def test_an_ended_choice_is_offered_again(world: World):
    choose(world, "choice", "Blue")
    keep_only(world, "choice", "Green")
    keep_only(world, "choice", "Green", "Blue")
    assert not any(one.ended for one in world.asked("choice").choices)


def test_choices_of_sealed_answers_all_stay(world: World):
    """Who has which of them cannot be looked up, so none is removed once there are answers."""
    kept = [ChoiceFacts(one.labels, one.uid) for one in world.asked("choice").choices]
    with db.writing():
        change_question(world.ids["choice"], facts(sensitive=True, choices=kept))
    choose(world, "choice", "Blue")
    with db.writing():
        change_question(world.ids["choice"], facts(sensitive=True, choices=kept[:1]))
    assert said(world) == {"choice": "Blue"}
    assert [one.ended for one in world.asked("choice").choices] == [False, True, True]


def test_another_label_renames_what_people_chose(world: World):
    """The answer is the choice, not its words: a misspelling is mended everywhere."""
    choose(world, "choice", "Blue")
    uid = world.choices("choice")["Blue"]
    with db.writing():
        change_question(world.ids["choice"], facts(choices=[ChoiceFacts({"en": "Navy"}, uid)]))
    assert said(world) == {"choice": "Navy"}


def test_the_kind_changes_only_while_nobody_has_answered(world: World):
    with db.writing():
        change_question(world.ids["number"], facts(), QuestionKind.COUNTRY)
    with db.writing():
        answer(world.people[0], {world.ids["number"]: "BE"})
    with db.writing(), pytest.raises(Conflict):
        change_question(world.ids["number"], facts(), QuestionKind.NUMBER)
    assert world.asked("number").kind is QuestionKind.COUNTRY


def test_what_people_were_told_is_sealed_stays_sealed(world: World):
    """The mark can be set later, and is taken back only while nobody has answered."""
    question = world.ids["country"]
    with db.writing():
        change_question(question, facts(sensitive=True))
        change_question(question, facts())
        change_question(question, facts(sensitive=True))
        answer(world.people[0], {question: "BE"})
    with db.writing(), pytest.raises(Conflict):
        change_question(question, facts())


def test_a_withdrawn_question_is_asked_no_more_and_its_answers_stay(world: World):
    with db.writing():
        answer(world.people[0], {world.ids["country"]: "BE"})
        end_question(world.ids["country"])
    assert said(world) == {"country": "Belgium"}
    with db.reading():
        assert "country" not in {one.slug for one in questions(own_fields(world.organisation_id))}
        assert questions_by_id([world.ids["country"]], world.organisation_id) == []
    with db.writing():
        ask_again(world.ids["country"])
    assert not world.asked("country").ended


def test_questions_move_among_those_that_are_asked(world: World):
    """One place at a time, and not beyond the ends."""

    def slugs() -> list[str]:
        with db.reading():
            return [one.slug for one in questions(own_fields(world.organisation_id))][:3]

    assert slugs() == ["short_text", "long_text", "number"]
    with db.writing():
        end_question(world.ids["long_text"])
        move_question(world.ids["number"], -1)
        move_question(world.ids["number"], -1)
    assert slugs() == ["number", "short_text", "date"]


def test_owners_have_questions_of_their_own(world: World):
    """The same short name may stand in an event's form and among the organisation's fields, not twice in one."""
    with db.writing():
        create_question(world.organisation_id, Owner("event", 1), "number", QuestionKind.NUMBER, facts())
        with pytest.raises(Conflict):
            create_question(world.organisation_id, Owner("event", 1), "number", QuestionKind.NUMBER, facts())
    with db.reading():
        assert [one.slug for one in questions(Owner("event", 1))] == ["number"]


@pytest.mark.parametrize(
    "values", [{"labels": {"en": " "}}, {"retention_days": 0}, {"retention_days": 4000}, {"labels": {"en": "a\nb"}}]
)
def test_words_and_rules_that_do_not_hold_are_refused(world: World, values):
    with db.writing(), pytest.raises(Refused):
        change_question(world.ids["number"], facts(**values))


@pytest.mark.parametrize("choices", [[], [ChoiceFacts({"en": ""})], [ChoiceFacts({"en": str(n)}) for n in range(61)]])
def test_choices_that_do_not_hold_are_refused(world: World, choices):
    with db.writing(), pytest.raises(Refused):
        change_question(world.ids["choice"], facts(choices=choices))


def test_the_trail_tells_that_a_question_changed(world: World):
    """By its short name; no words of people."""
    with db.writing():
        change_question(world.ids["number"], facts(retention_days=30))
        uid = question_row(own_fields(world.organisation_id), "number").uid
    with db.reading():
        entries = session.scalars(select(AuditEntry).where(AuditEntry.subject == f"question:{uid}")).all()
        assert [(one.action, one.facts["slug"]) for one in entries] == [
            ("question.created", "number"),
            ("question.changed", "number"),
        ]
