"""Changes to calls to action. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from mobilize.actions.models import ActionKind, ActionState, CallToAction, Shown
from mobilize.actions.queries import action_by_uid
from mobilize.campaigns.service import release
from mobilize.core import audit, clock, text
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.delivery.source_holds import hold_for_source
from mobilize.subscribers.queries import lists_by_id

Texts = Mapping[str, str]

MOST_GOAL = 10**9
LONGEST_KEPT = 3650
LONG_TEXTS = {"texts": 20_000, "asks": 4000, "thanks": 2000, "shares": 600, "wordings": 2000}
LINES = {"titles": 200, "addressees": 300}
IN_BLOCKS = ("titles", "addressees", "state")
"""What blocks of mailings show of a call."""


@dataclass(frozen=True)
class Facts:
    """What a call is; texts by language, ``about`` a ref or empty. ``list_id`` goes with ``wordings``."""

    titles: Texts
    addressees: Texts = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)
    asks: Texts = field(default_factory=dict)
    thanks: Texts = field(default_factory=dict)
    shares: Texts = field(default_factory=dict)
    about: str = ""
    shows: Shown = Shown.INITIALS
    allows_second_name: bool = False
    list_id: int | None = None
    wordings: Texts = field(default_factory=dict)
    goal: int | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    next_uid: str = ""
    keep_days: int = 365


def create_action(
    organisation_id: int, slug: str, facts: Facts, kind: ActionKind = ActionKind.PETITION
) -> CallToAction:
    """A draft: only staff see it.

    Raises:
        Conflict: the slug is taken in this organisation.
        Refused: a value that does not hold, with its field.
    """
    slug = text.slug("slug", slug)
    taken = select(CallToAction.id).where(CallToAction.organisation_id == organisation_id, CallToAction.slug == slug)
    if session.scalar(taken) is not None:
        raise Conflict(_("There is a call to action with this short name already"))
    row = CallToAction(
        organisation_id=organisation_id, slug=slug, kind=kind, state=ActionState.DRAFT, created_at=clock.now()
    )
    _set(row, facts)
    session.add(row)
    session.flush()
    _record("action.created", row)
    return row


def change_action(row: CallToAction, facts: Facts) -> None:
    """Other texts, times or wording. What the target sees stays once visitors could act.

    Raises:
        Conflict: it is closed, or it is published and ``shows`` is another.
        Refused: a value that does not hold, with its field.
    """
    lock(row)
    _require_not_closed(row)
    if row.state is ActionState.OPEN and facts.shows is not row.shows:
        raise Conflict(_("People acted on what the page said that the target sees: it cannot be changed any more"))
    before = _shown_in_blocks(row)
    _set(row, facts)
    session.flush()
    if _shown_in_blocks(row) != before:
        touch(row)
    _record("action.changed", row)


def publish(row: CallToAction) -> None:
    """Show it to visitors, who can act from its opening on. Repeating is nothing.

    Raises:
        Conflict: it is closed.
        Refused: it says nothing that people would put their name to.
    """
    lock(row)
    _require_not_closed(row)
    if not row.asks:
        raise Refused("asks", _("Write what people sign before you publish it"))
    if row.state is ActionState.DRAFT:
        row.state = ActionState.OPEN
        touch(row)
        _record("action.published", row)


def close(row: CallToAction) -> None:
    """It takes no more acts; its page says so kindly. Repeating is nothing.

    Raises:
        Conflict: it was never published.
    """
    lock(row)
    if row.state is ActionState.DRAFT:
        raise Conflict(_("This is a draft: nobody has seen it"))
    if row.state is ActionState.OPEN:
        row.state, row.closed_at = ActionState.CLOSED, clock.now()
        touch(row)
        _record("action.closed", row)


def delete_draft(row: CallToAction) -> None:
    """Remove a call that was never published.

    Raises:
        Conflict: it was published: people may hold links to it. Close it instead.
    """
    lock(row)
    if row.state is not ActionState.DRAFT:
        raise Conflict(_("This was published: people may have its link. Close it instead"))
    release("action", row.uid)
    _record("action.deleted", row)
    session.delete(row)


def lock(row: CallToAction) -> None:
    """Hold the call until the unit ends, and read it anew: acts wait, and find it as it then is."""
    session.refresh(row, with_for_update=True)


def touch(row: CallToAction) -> None:
    """Blocks of mailings show something else of it now: what waits and shows the earlier state is held."""
    row.version += 1
    session.flush()
    hold_for_source(row.ref, row.version)


def _set(row: CallToAction, facts: Facts) -> None:
    texts = {name: text.one_line_each(name, getattr(facts, name), at_most=most) for name, most in LINES.items()}
    texts |= {
        name: text.lines_each(name, getattr(facts, name), at_most=at_most) for name, at_most in LONG_TEXTS.items()
    }
    if not texts["titles"]:
        raise Refused("titles", _("Fill this in"))
    wordings = texts.pop("wordings")
    for name, value in texts.items():
        setattr(row, name, value)
    _set_list(row, facts.list_id, wordings)
    _set_numbers(row, facts)
    row.about, row.shows, row.allows_second_name = facts.about, facts.shows, facts.allows_second_name
    row.next_uid = _next(row, facts.next_uid)


def _set_numbers(row: CallToAction, facts: Facts) -> None:
    for name, value, most in (("goal", facts.goal, MOST_GOAL), ("keep_days", facts.keep_days, LONGEST_KEPT)):
        if value is not None and not 1 <= value <= most:
            raise Refused(name, _("Choose from %(least)d to %(most)d", least=1, most=most))
    if facts.opens_at is not None and facts.closes_at is not None and facts.closes_at <= facts.opens_at:
        raise Refused("closes_at", _("It has to close after it opens"))
    row.goal, row.keep_days = facts.goal, facts.keep_days
    row.opens_at, row.closes_at = facts.opens_at, facts.closes_at


def _set_list(row: CallToAction, list_id: int | None, wordings: dict[str, str]) -> None:
    """Raises Refused: a list without words to agree to, or one of another organisation."""
    if list_id is not None and not wordings:
        raise Refused("wordings", _("Write what people agree to"))
    if list_id is not None and not lists_by_id([list_id], row.organisation_id):
        raise Refused("list", _("Choose one of the lists that are offered"))
    if row.wordings and (row.list_id, row.wordings) != (list_id, wordings):
        row.wording_version += 1
    row.list_id, row.wordings = list_id, wordings


def _next(row: CallToAction, uid: str) -> str:
    if uid and (uid == row.uid or action_by_uid(row.organisation_id, uid) is None):
        raise Refused("next", _("Choose another call to action"))
    return uid


def _require_not_closed(row: CallToAction) -> None:
    if row.state is ActionState.CLOSED:
        raise Conflict(_("This call to action is closed"))


def _shown_in_blocks(row: CallToAction) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in IN_BLOCKS)


def _record(action: str, row: CallToAction) -> None:
    audit.record(action, organisation_id=row.organisation_id, subject=f"action:{row.uid}")
