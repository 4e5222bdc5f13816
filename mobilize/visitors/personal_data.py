"""What waits for a person's confirmation by mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select

from mobilize.core import feature
from mobilize.core.db import session
from mobilize.core.feature import Kept, PersonalData, Said, Section, Value
from mobilize.core.i18n import lazy
from mobilize.core.id_lists import one_of
from mobilize.visitors.models import VisitorRequest
from mobilize.visitors.requests import payload_of

_REQUESTS = {
    "kind": lazy("For what"),
    "asked": lazy("Asked"),
    "confirmed": lazy("Confirmed"),
    "ends": lazy("Forgotten after"),
    "answers": lazy("What was typed"),
}


def _held(recipient_ids: Sequence[int]) -> Sequence[Section]:
    wanted = select(VisitorRequest).where(one_of(VisitorRequest.recipient_id, recipient_ids))
    found = session.scalars(wanted.order_by(VisitorRequest.id.desc())).all()
    names = _names(found)
    rows = [_request(row, names.get((row.kind, row.subject_id), "")) for row in found]
    return (Section("requests", lazy("Requests that were confirmed by email, or wait for it"), _REQUESTS, rows),)


def _names(rows: Sequence[VisitorRequest]) -> Mapping[tuple[str, int], str]:
    """What was asked for, by kind and subject, as the features that confirm it call it."""
    subjects: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        subjects[row.kind].add(row.subject_id)
    known = {kind: feature.confirmation(kind) for kind in subjects}
    return {
        (kind, subject): name
        for kind, one in known.items()
        if one is not None
        for subject, name in one.names(subjects[kind]).items()
    }


def _request(row: VisitorRequest, name: str) -> Mapping[str, Value]:
    payload = payload_of(row)
    typed = {name: value for name, value in payload.items() if isinstance(value, str | int) and value}
    typed |= {one["name"]: one["value"] for one in payload.get("answers", ())}
    return {
        "kind": Said(row.kind, _said(row.kind, name)),
        "asked": row.asked_at,
        "confirmed": row.confirmed_at,
        "ends": row.ends_at,
        "answers": ", ".join(f"{name}: {value}" for name, value in typed.items()),
    }


def _said(kind: str, name: str) -> str:
    """``"A registration: Partners under Pressure"``; the kind itself where its feature is gone."""
    known = feature.confirmation(kind)
    label = kind if known is None else str(known.label)
    return f"{label}: {name}" if name else label


def _close(recipient_id: int, _address: str) -> None:
    """A link that was mailed confirms nothing any more."""
    session.execute(delete(VisitorRequest).where(VisitorRequest.recipient_id == recipient_id))


def _erase(_recipient_id: int) -> bool:
    """Nothing is left for later."""
    return False


PERSONAL = PersonalData(_held, _erase, _close)
KEPT = (
    Kept(
        lazy("What visitors asked for and did not confirm, with their address"),
        lazy("seven days after the last email about it"),
        "mobilize.signup.tick_steps:forget_sign_ups",
    ),
)
