"""An organisation with one question of each kind, and two people."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mobilize.core import db
from mobilize.core.settings import Settings
from mobilize.delivery.models import RecipientKind
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.questions.models import QuestionKind
from mobilize.questions.queries import every_question
from mobilize.questions.rules import Asked, own_fields
from mobilize.questions.service import ChoiceFacts, QuestionFacts, create_question
from tests.factories import make_organisation

COLOURS = ({"en": "Red", "fr": "Rouge"}, {"en": "Blue", "fr": "Bleu"}, {"en": "Green", "fr": "Vert"})


@dataclass(frozen=True)
class World:
    """``people``: recipient ids of one organisation; ``stranger``: one of another; ``ids`` of questions by slug."""

    organisation_id: int
    slug: str
    ids: dict[str, int]
    people: tuple[int, int]
    stranger: int

    def asked(self, slug: str) -> Asked:
        with db.reading():
            return next(one for one in every_question(own_fields(self.organisation_id)) if one.slug == slug)

    def choices(self, slug: str) -> dict[str, str]:
        """The uids of a question's choices by their English labels."""
        return {one.labels["en"]: one.uid for one in self.asked(slug).choices}


def facts(label: str = "Label", colours: bool = False, **values) -> QuestionFacts:
    choices = [ChoiceFacts(labels) for labels in COLOURS] if colours else []
    return QuestionFacts(**{"labels": {"en": label, "fr": f"{label} (fr)"}, "choices": choices, **values})


@pytest.fixture
def world(installation: Settings) -> World:
    """A question of each kind, called by its kind: ``short_text``, …, ``file``."""
    with db.writing():
        house, other = make_organisation(), make_organisation()
        ids = {}
        for kind in QuestionKind:
            slug = kind.value.replace("-", "_")
            with_choices = kind in (QuestionKind.CHOICE, QuestionKind.SEVERAL)
            ids[slug] = create_question(house.id, own_fields(house.id), slug, kind, facts(colours=with_choices)).id
        people = [
            find_or_create_recipient(one.id, one.uid, RecipientKind.PERSON, f"{name}@example.org", "en").id
            for one, name in ((house, "amina"), (house, "bram"), (other, "carla"))
        ]
        return World(house.id, house.slug, ids, (people[0], people[1]), people[2])
