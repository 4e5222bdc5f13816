"""Every change of a moment or a status that mail depends on is pressed here: first the list of what it does, then it.

preview(change) -> Consequences (a list and its digest) -> a person reads it and presses
apply(change, digest, make) -> hold the thing -> the list once more: another digest refuses it -> stop what is going out
                            -> ``make``, the feature's own verb (events.changes.move, …)
                            -> each upper feature's part of it (``Feature.carries_out``)

Nothing else calls those verbs (``tests/schedules/test_only_caller.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from mobilize.core import clock, feature
from mobilize.core.db import session
from mobilize.core.effects import Effect, Outcome, PlannedChange
from mobilize.core.errors import Conflict, NotFound
from mobilize.core.i18n import _
from mobilize.delivery.exchange import locked_message
from mobilize.mailings import service as mailings
from mobilize.schedules import queries, service
from mobilize.schedules.effects import rules_concerned
from mobilize.schedules.rules import ENDED, MOVED


@dataclass(frozen=True)
class Consequences:
    """What a change does, in the order in which it is told; ``digest`` names exactly this list."""

    effects: tuple[Effect, ...]

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr([_pressed_on(one) for one in self.effects]).encode()).hexdigest()[:32]

    @property
    def told(self) -> int:
        """How many people are mailed because of the change."""
        return sum(one.people for one in self.effects if one.outcome is Outcome.TOLD)


class Outdated(Conflict):
    """The world changed since the list was shown: ``fresh`` is the list as it is now."""

    def __init__(self, fresh: Consequences) -> None:
        super().__init__(_("Something changed while you read this list. Read it once more"))
        self.fresh = fresh


def preview(change: PlannedChange) -> Consequences:
    """What the change would do now."""
    return Consequences(feature.effects(change, clock.now()))


def apply(change: PlannedChange, seen: str, make: Callable[[], object]) -> Consequences:
    """Make the change as it was shown; ``make`` is the verb of the feature that has the thing. What it did.

    Raises:
        Outdated: the list is another one now; nothing was done.
        NotFound: the thing is gone.
    """
    kind, _colon, uid = change.ref.partition(":")
    feature.anchor_kinds()[kind].hold(uid, True)
    session.expire_all()
    thing = feature.anchored(change.organisation_id, change.ref)
    if thing is None:
        raise NotFound(kind)
    rules = queries.rules_of(change.organisation_id, change.ref)
    for _occurrence, _rule, mailing in queries.under_way([rule.id for rule in rules]):
        mailings.locked(mailing)  # before its message, as a launch does
        if mailing.message_id is not None:
            locked_message(mailing.message_id)
    now = preview(change)
    if now.digest != seen:
        raise Outdated(now)
    service.stop_under_way(rules_concerned(rules, thing, change), ENDED if change.is_off else MOVED)
    make()
    feature.carry_out(change)
    return now


def _pressed_on(one: Effect) -> tuple[str, str, int | None, str, str]:
    """What of an effect somebody presses on: copies that leave meanwhile are no reason to ask again."""
    people = None if one.is_leaving else one.people
    return one.outcome.value, one.key, people, str(one.before), str(one.after)
