"""What a change of a moment does to rules: to what they have planned, and to what of theirs is going out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from mobilize.core import feature
from mobilize.core.db import session
from mobilize.core.effects import Effect, Outcome, PlannedChange
from mobilize.core.feature import Anchored
from mobilize.core.i18n import _, ngettext, show_number
from mobilize.delivery.models import Delivery
from mobilize.delivery.rules import WAITING
from mobilize.mailings.models import Mailing, MailingState
from mobilize.organisations.queries import brand
from mobilize.schedules import queries
from mobilize.schedules.models import OccurrenceState, Rule
from mobilize.schedules.rules import Candidate, Decision, decide
from mobilize.schedules.words import DECISIONS


def effects(change: PlannedChange, now: datetime) -> Iterator[Effect]:
    """Of the armed rules of the thing: first what is going out, then what is planned, the rules as they were made."""
    thing = feature.anchored(change.organisation_id, change.ref)
    if thing is None:
        return
    rules = queries.rules_of(change.organisation_id, change.ref)
    slug = brand(change.organisation_id).slug
    concerned = rules_concerned(rules, thing, change)
    for occurrence, rule, mailing in queries.under_way([rule.id for rule in rules]):
        key, url = f"occurrence:{rule.uid}:{occurrence.number}", f"/studio/{slug}/mailings/{mailing.uid}"
        yield _of_copies(rule, mailing, key, url, stops=rule in concerned)
    yield from _of_plans(rules, thing, change, now, slug)


def rules_concerned(rules: Sequence[Rule], thing: Anchored, change: PlannedChange) -> list[Rule]:
    """Those whose moment is moved, taken away or made known by the change."""
    return [
        rule for rule in rules if change.is_off or thing.moments.get(rule.moment) != change.moments.get(rule.moment)
    ]


def _of_copies(rule: Rule, mailing: Mailing, key: str, url: str, *, stops: bool) -> Effect:
    people = _waiting(mailing)
    named = {"count": show_number(people), "name": rule.name}
    if stops:
        words = ngettext(
            "%(count)s copy of “%(name)s” that has not left yet is stopped",
            "%(count)s copies of “%(name)s” that have not left yet are stopped",
            people,
            **named,
        )
        return Effect(Outcome.STOPPED, key, words, people, url=url, is_leaving=True)
    words = ngettext(
        "%(count)s copy of “%(name)s” that has not left yet goes out with the new text",
        "%(count)s copies of “%(name)s” that have not left yet go out with the new text",
        people,
        **named,
    )
    return Effect(Outcome.RENEWED, key, words, people, url=url, is_leaving=True)


def _waiting(mailing: Mailing) -> int:
    """Copies that have not left: of a mailing that is not launched yet, all that there would be."""
    if mailing.state is MailingState.SCHEDULED:
        return mailing.to_whom.count()
    waits = select(func.count()).where(Delivery.message_id == mailing.message_id, Delivery.state.in_(WAITING))
    return session.scalar(waits) or 0


def _of_plans(
    rules: Sequence[Rule], thing: Anchored, change: PlannedChange, now: datetime, slug: str
) -> Iterator[Effect]:
    before = {one.rule_id: one for one in queries.candidates(rules, thing)}
    changed = replace(thing, moments=change.moments)
    concerned = {rule.id for rule in rules_concerned(rules, thing, change)}
    after = {one.rule_id: _revoked(one, stops=one.rule_id in concerned) for one in queries.candidates(rules, changed)}
    decisions = decide(after.values(), now)
    for rule in rules:
        if rule.id in concerned and rule.armed_at is not None:
            found = _of_plan(rule, before.get(rule.id), after.get(rule.id), decisions.get(rule.id), change)
            if found is not None:
                yield replace(found, zone=thing.zone, url=f"/studio/{slug}/rules/{rule.uid}")


def _revoked(one: Candidate, *, stops: bool) -> Candidate:
    """The rule as it is after its copies were stopped: what was sent for another moment keeps nothing back."""
    if not stops or one.last is None or one.last.moment_at != one.moment_at:
        return one
    return replace(one, last=replace(one.last, state=OccurrenceState.REVOKED))


def _of_plan(
    rule: Rule, before: Candidate | None, after: Candidate | None, decision: Decision | None, change: PlannedChange
) -> Effect | None:
    """What becomes of one rule; None where nothing of it changes."""
    key, named = f"rule:{rule.uid}", {"name": rule.name}
    was_due = before.due_at if before is not None and not before.is_done else None
    if after is None or decision is None:
        if change.is_off:
            if was_due is None:
                return None
            return Effect(Outcome.NOT_SENT, key, _("“%(name)s” is not sent", **named), before=was_due)
        return Effect(Outcome.WAITS, key, _("“%(name)s” waits until there is a date", **named), before=was_due)
    if decision is Decision.FIRE:
        words = _("“%(name)s” is sent at once: it is due with the new date", **named)
        return Effect(Outcome.SENT_SOON, key, words, before=was_due, after=after.due_at)
    if decision is not Decision.WAIT:
        words = _("“%(name)s” is not sent: %(reason)s", **named, reason=str(DECISIONS[decision.value]))
        return Effect(Outcome.NOT_SENT, key, words, before=was_due, after=after.due_at)
    if after.is_done:
        return None
    if before is not None and before.is_done:
        words = _("“%(name)s” was sent for the old date, and is sent again for the new one", **named)
    else:
        words = _("“%(name)s” moves", **named)
    return Effect(Outcome.MOVES, key, words, before=was_due, after=after.due_at)
