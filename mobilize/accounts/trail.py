"""/studio/<org>/settings/trail: who changed what, for owners; newest first, in keyset pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select

from mobilize.accounts.queries import names_of
from mobilize.core import feature
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.i18n import _, show_datetime
from mobilize.core.permissions import organisation, requires
from mobilize.organisations.queries import brand

blueprint = Blueprint("trail", __name__)

PAGE_SIZE = 50
_LARGEST_ID = 2**63 - 1
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00\Z")


@dataclass(frozen=True)
class Change:
    """One entry as it is shown; ``facts`` are pairs of a name and a value."""

    at: datetime
    who: str
    what: str
    facts: tuple[tuple[str, str], ...]


@blueprint.get("/studio/<org>/settings/trail")
@requires("audit.read")
def index(org: str) -> str:
    house = organisation()
    zone = brand(house.id).timezone
    rows = _entries(house.id, before=_before(request.args.get("before", "")))
    shown = rows[:PAGE_SIZE]
    more = len(rows) > PAGE_SIZE
    return render_template(
        "accounts/trail.html",
        org=org,
        zone=zone,
        changes=_changes(shown, zone),
        next_url=url_for("trail.index", org=org, before=shown[-1].id) if more else None,
        first_url=url_for("trail.index", org=org) if "before" in request.args else None,
    )


def _entries(organisation_id: int, *, before: int) -> list[AuditEntry]:
    """One more than a page, to know whether there is a next one."""
    chosen = select(AuditEntry).where(AuditEntry.organisation_id == organisation_id, AuditEntry.id < before)
    return list(session.scalars(chosen.order_by(AuditEntry.id.desc()).limit(PAGE_SIZE + 1)))


def _changes(rows: list[AuditEntry], zone: str) -> list[Change]:
    names = names_of({row.actor.partition(":")[2] for row in rows if row.actor.startswith("user:")})
    return [Change(row.at, _who(row.actor, names), _what(row.action), tuple(_pairs(row.facts, zone))) for row in rows]


def _what(action: str) -> str:
    """The action in the reader's words; one that has none yet shows its own name."""
    return str(feature.words("audit_words", action))


def _who(actor: str, names: dict[str, str]) -> str:
    known = {"command": _("A command on the server"), "visitor": _("A visitor"), "system": _("The service itself")}
    kind, _colon, uid = actor.partition(":")
    return names.get(uid, _("Someone who is gone")) if kind == "user" else known.get(kind, actor)


def _pairs(facts: dict[str, object], zone: str) -> list[tuple[str, str]]:
    """Names and values for a reader; a moment is told in the organisation's zone."""
    return [(name.replace("_", " "), _value(value, zone)) for name, value in facts.items()]


def _value(value: object, zone: str) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, str) and _MOMENT.match(value):
        return show_datetime(datetime.fromisoformat(value), zone)
    return str(value)


def _before(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else _LARGEST_ID
