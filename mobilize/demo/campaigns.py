"""Campaigns of the demonstration, as the organisations' own pages tell them. Their events name them by ``campaign``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from mobilize.campaigns.service import Facts, create_campaign, publish
from mobilize.core.feature import Demonstrated
from mobilize.core.when import dated, unknown

_TEXTS = ("titles", "themes", "texts", "partners")


def prepare(shown: Demonstrated) -> Callable[[int], None]:
    """What the organisation's file says of campaigns."""

    def add(organisation_id: int) -> None:
        for source in shown.facts or ():
            _add(organisation_id, source)

    return add


def _add(organisation_id: int, source: Mapping[str, Any]) -> None:
    facts = Facts(
        **{name: source.get(name, {}) for name in _TEXTS},
        languages=source.get("languages", ()),
        budget=source.get("budget"),
        currency=source.get("currency", ""),
        countries=source.get("countries", ()),
    )
    days = [date.fromisoformat(source[name]) for name in ("start", "end") if name in source]
    when = dated(source["zone"], *days) if days else unknown(source["zone"])
    publish(create_campaign(organisation_id, source["slug"], facts, when))
