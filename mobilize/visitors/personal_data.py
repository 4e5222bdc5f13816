"""What waits for a person's confirmation by mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select

from mobilize.core.db import session
from mobilize.core.feature import Kept, PersonalData, Section, Value
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
    rows = [_request(row) for row in session.scalars(wanted.order_by(VisitorRequest.id.desc()))]
    return (Section("requests", lazy("Requests that were confirmed by email, or wait for it"), _REQUESTS, rows),)


def _request(row: VisitorRequest) -> Mapping[str, Value]:
    payload = payload_of(row)
    typed = {name: value for name, value in payload.items() if isinstance(value, str | int) and value}
    typed |= {one["name"]: one["value"] for one in payload.get("answers", ())}
    return {
        "kind": row.kind,
        "asked": row.asked_at,
        "confirmed": row.confirmed_at,
        "ends": row.ends_at,
        "answers": ", ".join(f"{name}: {value}" for name, value in typed.items()),
    }


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
