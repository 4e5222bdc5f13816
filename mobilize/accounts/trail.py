"""/studio/<org>/settings/trail: who changed what, for owners; newest first, in keyset pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request, url_for
from markupsafe import Markup, escape
from sqlalchemy import select

from mobilize.accounts.queries import Named, names_of
from mobilize.core import feature
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.feature import AuditSubject
from mobilize.core.i18n import _, show_datetime, show_list
from mobilize.core.permissions import organisation, requires
from mobilize.organisations.queries import brand

blueprint = Blueprint("trail", __name__)

PAGE_SIZE = 50
_LARGEST_ID = 2**63 - 1
NOT_TOLD = frozenset({"contents", "source", "version", "what"})
"""Facts that serve programs, or that the words of the entry tell already."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00\Z")


@dataclass(frozen=True)
class Change:
    """One entry as it is shown; ``what`` names and links its subject, ``facts`` are pairs of a name and a value."""

    at: datetime
    who: Named
    what: Markup
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
        changes=_changes(house.id, org, shown, zone),
        next_url=url_for("trail.index", org=org, before=shown[-1].id) if more else None,
        first_url=url_for("trail.index", org=org) if "before" in request.args else None,
    )


def _entries(organisation_id: int, *, before: int) -> list[AuditEntry]:
    """One more than a page, to know whether there is a next one."""
    chosen = select(AuditEntry).where(AuditEntry.organisation_id == organisation_id, AuditEntry.id < before)
    return list(session.scalars(chosen.order_by(AuditEntry.id.desc()).limit(PAGE_SIZE + 1)))


def _changes(organisation_id: int, org: str, rows: list[AuditEntry], zone: str) -> list[Change]:
    names = names_of(organisation_id, {row.actor.partition(":")[2] for row in rows if row.actor.startswith("user:")})
    subjects = _subjects(organisation_id, rows)
    return [
        Change(
            row.at, _who(row.actor, names), _what(row, subjects.get(row.subject), org), tuple(_pairs(row.facts, zone))
        )
        for row in rows
    ]


def _subjects(organisation_id: int, rows: list[AuditEntry]) -> dict[str, AuditSubject]:
    """What the entries are about, by ``kind:uid``: one query a kind; what is gone or has no name is missing."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        kind, _colon, uid = row.subject.partition(":")
        wanted.setdefault(kind, set()).add(uid)
    return {
        f"{kind}:{uid}": subject
        for kind, uids in wanted.items()
        if (find := feature.audit_subjects(kind)) is not None
        for uid, subject in find(organisation_id, uids).items()
    }


def _what(row: AuditEntry, subject: AuditSubject | None, org: str) -> Markup:
    """The change in the reader's words, with what was changed; an action that has no words yet shows its own name."""
    narrower = f"{row.action}:{row.facts.get('what', '')}"
    words = str(feature.words("audit_words", narrower))
    if subject is None or words == narrower:
        words = str(feature.words("audit_words", row.action))
    if subject is None:
        return escape(words)
    url = url_for(subject.endpoint, org=org, **subject.values)
    name = Markup('<a href="{}"><bdi>{}</bdi></a>').format(url, subject.name)
    return _sentence(words if "%(name)s" in words else _("%(what)s: “%(name)s”", what=words, name="%(name)s"), name)


def _sentence(words: str, name: Markup) -> Markup:
    before, _place, after = words.partition("%(name)s")
    return escape(before) + name + escape(after)


def _who(actor: str, names: dict[str, Named]) -> Named:
    known = {
        "command": _("A command on the server"),
        "link": _("A personal link"),
        "visitor": _("A visitor"),
        "system": _("The service itself"),
    }
    kind, _colon, uid = actor.partition(":")
    if kind == "user":
        return names.get(uid) or Named(_("Someone who is gone"), "")
    return Named(known.get(kind, actor), "")


def _pairs(facts: dict[str, object], zone: str) -> list[tuple[str, str]]:
    """Names and values for a reader; a moment is told in the organisation's zone."""
    return [
        (_word(f"fact:{name}", name.replace("_", " ")), _value(name, value, zone))
        for name, value in facts.items()
        if name not in NOT_TOLD
    ]


def _value(name: str, value: object, zone: str) -> str:
    if isinstance(value, list):
        return show_list(_value(name, one, zone) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str) and _MOMENT.match(value):
        return show_datetime(datetime.fromisoformat(value), zone)
    return _word(f"fact:{name}:{value}", str(value))


def _word(key: str, otherwise: str) -> str:
    """The feature's word for a fact, or for one of its values."""
    found = str(feature.words("audit_words", key))
    return otherwise if found == key else found


def _before(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else _LARGEST_ID
