"""Appeals for tests, made with the service; call these inside a writing unit."""

from __future__ import annotations

from itertools import count
from typing import Any

from mobilize.appeals import service as defenders
from mobilize.appeals.appeal import queries, service
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import Concern, Words
from mobilize.appeals.models import Defender
from mobilize.appeals.queries import Details
from mobilize.appeals.rules import Publish, Reviewed, ReviewKind
from mobilize.core import clock

WRITER, SECOND = "user:writer", "user:second"
_numbers = count(1)


def make_defender(organisation_id: int, name: str = "A. Example") -> Defender:
    """Somebody whose gate is open."""
    row = defenders.create_defender(organisation_id, Details(name))
    review(row)
    return row


def review(row: Defender) -> None:
    """Open the gate today; the consent allows the name and nothing else."""
    for kind in ReviewKind:
        scope = frozenset({Publish.NAME}) if kind is ReviewKind.CONSENT else frozenset()
        defenders.add_review(row, kind, Reviewed(clock.now().date(), passed=True, scope=scope), "checked")


def words(**changes: Any) -> Words:
    texts = {
        "titles": {"en": "Free A. Example", "fr": "Libérez A. Example"},
        "happened": {"en": "A. Example was *arrested*.", "fr": "A. Example a été *arrêté*."},
        "demands": {"en": "Release A. Example\nPublish the charges", "fr": "Libérez A. Example"},
    }
    return Words(**{**texts, "concern": Concern.ARBITRARY_DETENTION, **changes})


def make_draft(organisation_id: int, **changes: Any) -> Appeal:
    slug = f"appeal-{next(_numbers)}"
    people = [make_defender(organisation_id).uid]
    return service.create_appeal(organisation_id, slug, words(**changes), people, WRITER)


def approve(row: Appeal) -> None:
    service.ask_for_approval(row, WRITER)
    assert service.approve(row, SECOND, queries.fingerprint_of(row)) == ""


def make_published(organisation_id: int, **changes: Any) -> Appeal:
    row = make_draft(organisation_id, **changes)
    approve(row)
    service.publish(row)
    return row
