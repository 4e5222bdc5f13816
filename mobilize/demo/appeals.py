"""Defenders and appeals of the demonstration, as the seeds' pages tell of them, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mobilize.appeals.appeal import changes as appeal_changes
from mobilize.appeals.appeal import queries, service
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import Concern, Outcome, Words
from mobilize.appeals.models import Defender
from mobilize.appeals.queries import Adoption, Details, defender_by_slug, today_in
from mobilize.appeals.rules import Publish, Reviewed, ReviewKind, partial_date
from mobilize.appeals.service import Source, SourceKind, add_event, add_review, create_defender
from mobilize.core.feature import Demonstrated, PlannedChange
from mobilize.schedules import changes

WRITER, SECOND = "system", "command"
"""Who wrote and who approved: two names of the activity log that are no colleague's."""

MARK = (
    "Demonstration: nobody was asked, and nothing was checked. This review only opens the pages of the demonstration."
)
"""Stands in every review: no consent of a real person is claimed."""


def prepare(shown: Demonstrated) -> Callable[[int], None]:
    """What the organisation's file says of defenders."""

    def add(organisation_id: int) -> None:
        told = shown.facts or {}
        for facts in told.get("defenders", ()):
            _add(organisation_id, facts, told["sources"])
        for facts in told.get("appeals", ()):
            _write(organisation_id, facts)

    return add


def _write(organisation_id: int, facts: Mapping[str, Any]) -> None:
    """Publish an appeal as two people would, and close it where the seed says how it ended."""
    texts = {name: facts.get(name, {}) for name in ("titles", "happened", "background", "demands")}
    people = [defender_by_slug(organisation_id, slug).uid for slug in facts["defenders"]]
    said = Words(**texts, concern=Concern(facts["concern"]))
    row = service.create_appeal(organisation_id, facts["slug"], said, people, WRITER)
    _approve(row)
    service.publish(row)
    if "outcome" in facts:
        ended = replace(said, outcome=Outcome(facts["outcome"]), news=facts["news"])
        service.change_draft(row, ended, WRITER)
        _approve(row)
        _close(row, facts["outcome"])


def _approve(row: Appeal) -> None:
    service.ask_for_approval(row, WRITER)
    service.approve(row, SECOND, queries.fingerprint_of(row))


def _close(row: Appeal, outcome: str) -> None:
    planned = PlannedChange(
        row.organisation_id, f"appeal:{row.uid}", "closed", {}, is_off=True, facts={"outcome": outcome}
    )
    changes.apply(planned, changes.preview(planned).digest, lambda: appeal_changes.close(row))


def _add(organisation_id: int, facts: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> None:
    details = Details(
        name=facts["name"],
        aliases=facts.get("aliases", {}),
        country=facts.get("country", ""),
        adoptions=[Adoption(one["by"], one["since"]) for one in facts["adoptions"]],
        about=facts.get("about", {}),
    )
    row = create_defender(organisation_id, details, facts["slug"])
    for event in facts["timeline"]:
        source = sources[event["source"]]
        copied = Source(SourceKind.LINK, source["name"], source["language"], source["url"], event.get("quoted", ""))
        add_event(row, partial_date("when", event["when"]), event["texts"], copied)
    _review(row)


def _review(row: Defender) -> None:
    today = today_in(row.organisation_id)
    for kind in ReviewKind:
        scope = (
            frozenset({Publish.NAME, Publish.ABOUT, Publish.TIMELINE}) if kind is ReviewKind.CONSENT else frozenset()
        )
        add_review(row, kind, Reviewed(today, passed=True, scope=scope), MARK)
