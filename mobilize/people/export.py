"""Everything held about a person as a file: JSON for programs, one HTML page for people. Neither refers to anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from mobilize.core import clock
from mobilize.core.feature import Said, Section, Value
from mobilize.core.i18n import _, current_language, direction, show_datetime
from mobilize.organisations.queries import Brand

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "people"
_PAGES = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, loader=FileSystemLoader(_TEMPLATES))


def as_json(organisation: Brand, sections: Sequence[Section]) -> str:
    """``{"organisation", "made_at", "<section>": [{"<column>": value}]}``; moments are ISO 8601 in UTC."""
    about: dict[str, object] = {"organisation": organisation.slug, "made_at": clock.now().isoformat(timespec="seconds")}
    held = {one.name: [{key: _plain(value) for key, value in row.items()} for row in one.rows] for one in sections}
    return json.dumps(about | held, ensure_ascii=False, indent=2)


def as_html(organisation: Brand, sections: Sequence[Section]) -> str:
    """The same for a reader, in the current language and the organisation's time zone."""
    title = _("What %(organisation)s holds about you", organisation=organisation.label)
    return _PAGES.get_template("export.html").render(
        title=title,
        language=current_language(),
        direction=direction(current_language()),
        made=show_datetime(clock.now(), organisation.timezone),
        sections=sections,
        shown=lambda value: shown(value, organisation.timezone),
    )


def shown(value: Value, zone: str) -> str:
    """A value in the reader's words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return show_datetime(value, zone)
    return str(value.words if isinstance(value, Said) else value)


def _plain(value: Value) -> str | int | bool | None:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.value if isinstance(value, Said) else value
