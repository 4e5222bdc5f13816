"""Defenders of the demonstration, as the seeds' pages tell of them, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mobilize.appeals.models import Defender
from mobilize.appeals.queries import Adoption, Details, today_in
from mobilize.appeals.rules import Publish, Reviewed, ReviewKind, partial_date
from mobilize.appeals.service import Source, SourceKind, add_event, add_review, create_defender
from mobilize.core.feature import Demonstrated

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

    return add


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
