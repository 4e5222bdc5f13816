"""Firing what is due: each occurrence once, whoever's clock sees it first.

rules of one anchor -> hold the anchor (a move or cancellation comes wholly before or after) -> hold the rules
-> decide -> an occurrence each, and for what is sent a mailing that leaves at once
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import structlog
from sqlalchemy import select

from mobilize.core import audit, clock, db, feature
from mobilize.core.db import session
from mobilize.core.feature import Anchored
from mobilize.mailings import templates
from mobilize.schedules import queries
from mobilize.schedules.models import Occurrence, OccurrenceState, Rule
from mobilize.schedules.rules import NOBODY, Candidate, Decision, decide

log = structlog.get_logger(__name__)


def fire_due(now: datetime, *, demonstration: bool = True) -> int:
    """Fire every rule whose time has come; how many occurrences were written. Opens its own transactions.

    With ``demonstration=False`` (a real mail server is set) nothing that hangs on the demonstration's rules fires.
    """
    fired = 0
    with db.reading():
        due = _due_anchors(now, demonstration=demonstration)
    for organisation_id, anchor in due:
        try:
            with db.writing():
                fired += _fire(organisation_id, anchor, now)
        except Exception:
            # One thing's fault must not hold up the mail of the others; the next tick tries it again.
            log.exception("schedules.failed", anchor=anchor)
    return fired


def _due_anchors(now: datetime, *, demonstration: bool) -> list[tuple[int, str]]:
    """(organisation id, anchor) of everything of which a rule is to be decided now; few queries an organisation."""
    due = set[tuple[int, str]]()
    armed = queries.armed_rules() if demonstration else queries.armed_rules_beyond_demonstration()
    for organisation_id, rules in groupby(armed, key=attrgetter("organisation_id")):
        own = list(rules)
        things = queries.things_of(organisation_id, {rule.anchor for rule in own})
        ahead = [thing for thing in things.values() if not thing.is_off]
        anchors = {rule.id: rule.anchor for rule in own}
        # Only steps of one thing overtake each other; whether any is due at all does not depend on it.
        due |= {
            (organisation_id, anchors[one.rule_id])
            for one in queries.candidates(own, *ahead)
            if decide([one], now)[one.rule_id] is not Decision.WAIT
        }
    return sorted(due)


def _decided(
    organisation_id: int, anchor: str, now: datetime
) -> tuple[dict[int, Rule], Mapping[int, Decision], dict[int, Candidate]]:
    thing = feature.anchored(organisation_id, anchor)
    if thing is None or thing.is_off:
        return {}, {}, {}
    rules = queries.rules_of(organisation_id, anchor)
    candidates = queries.candidates(rules, thing)
    return {rule.id: rule for rule in rules}, decide(candidates, now), {one.rule_id: one for one in candidates}


def _fire(organisation_id: int, anchor: str, now: datetime) -> int:
    """Decide once more while nobody can change the anchor or fire its rules, and write what is decided."""
    kind, _colon, uid = anchor.partition(":")
    feature.anchor_kinds()[kind].hold(uid, False)
    own = (Rule.organisation_id == organisation_id) & (Rule.anchor == anchor)
    session.execute(select(Rule.id).where(own).order_by(Rule.id).with_for_update())
    session.expire_all()
    rules, decisions, candidates = _decided(organisation_id, anchor, now)
    thing = feature.anchored(organisation_id, anchor)
    written = 0
    for rule_id, decision in decisions.items():
        if decision is not Decision.WAIT and thing is not None:
            _write(rules[rule_id], thing, candidates[rule_id], decision)
            written += 1
    return written


def _write(rule: Rule, thing: Anchored, candidate: Candidate, decision: Decision) -> None:
    template = queries.template_of(rule)
    reason = "" if decision is Decision.FIRE else decision.value
    # A segment that cannot be asked is nobody as well: its copy is launched, and gives up with the reason.
    if decision is Decision.FIRE and not template.to_whom.segment_problem() and not template.to_whom.anyone().people:
        reason = NOBODY
    mailing_id = None
    if not reason:
        name = f"{rule.name}: {thing.title}"
        mailing_id = templates.schedule_copy(template, name, clock.now(), thing.zone, is_urgent=rule.is_urgent).id
    session.add(
        Occurrence(
            rule_id=rule.id,
            number=queries.next_number(rule.id),
            moment_at=candidate.moment_at,
            due_at=candidate.due_at,
            state=OccurrenceState.MISSED if reason else OccurrenceState.SENT,
            reason=reason,
            mailing_id=mailing_id,
            at=clock.now(),
        )
    )
    session.flush()
    audit.record(
        "rule.missed" if reason else "rule.fired",
        organisation_id=rule.organisation_id,
        subject=f"rule:{rule.uid}",
        name=rule.name,
        reason=reason,
    )
