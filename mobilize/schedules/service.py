"""Changes to rules. Nothing here commits.

A rule is made disarmed: it sends nothing until somebody arms it, after its words were checked.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from mobilize.audiences.audience import Audience
from mobilize.core import audit, clock, feature
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.feature import Anchored
from mobilize.core.i18n import _
from mobilize.core.text import required_line
from mobilize.mailings import templates
from mobilize.mailings.checks import Step, errors_of
from mobilize.mailings.content import MailingText
from mobilize.mailings.models import Mailing
from mobilize.schedules.models import Occurrence, OccurrenceState, Rule
from mobilize.schedules.offsets import Offset
from mobilize.schedules.queries import planned, rules_of, template_of, under_way

MOST_RULES = 50
LONGEST_DAYS = 730
LONGEST_LATENESS = 60 * 24 * 30
DAY = 60 * 24


@dataclass(frozen=True)
class RuleFacts:
    """When a rule sends, and to whom; ``lateness`` in minutes."""

    name: str
    moment: str
    offset: Offset
    to_whom: Audience
    lateness: int = 12 * 60
    is_urgent: bool = True


def create_rule(thing: Anchored, facts: RuleFacts, text: MailingText, *, demonstration: bool = False) -> Rule:
    """A rule of a thing, with the words that it sends; disarmed.

    Raises:
        Conflict: the thing has as many rules as it may have.
        Refused: a value that does not hold, with its field.
    """
    organisation_id = facts.to_whom.organisation_id
    if len(rules_of(organisation_id, thing.ref)) >= MOST_RULES:
        raise Conflict(_("At most %(most)d rules can hang on one thing", most=MOST_RULES))
    rule = Rule(organisation_id=organisation_id, anchor=thing.ref, created_at=clock.now(), armed_at=None)
    _require_own_group(thing, facts.to_whom)
    _set(rule, thing, facts)
    template = templates.create_template(facts.to_whom, text, f"rule:{rule.uid}", demonstration=demonstration)
    rule.template_id = template.id
    session.add(rule)
    session.flush()
    _record("rule.created", rule)
    return rule


def change_rule(rule: Rule, thing: Anchored, facts: RuleFacts) -> None:
    """When it sends, to whom, and how late it may. What was sent stays; what is not due yet follows the new facts.

    Raises:
        Refused: a value that does not hold, with its field.
    """
    _require_own_group(thing, facts.to_whom)
    _set(rule, thing, facts)
    template = template_of(rule)
    if template.to_whom != facts.to_whom:
        templates.set_template_audience(template, facts.to_whom)
    _record("rule.changed", rule)


def arm(rule: Rule, thing: Anchored, seen: int | None = None) -> None:
    """Let it send from now on. Repeating is nothing. ``seen``: how many people the page named that a past date mails.

    Its words are composed for their check while nothing is locked: call it while the unit has only read.

    Raises:
        Conflict: the thing is off, or not public; the rule is due already and nobody pressed on how many people it
            would mail, or there are more of them now.
        Refused: its words have an error, or a segment of its people cannot be asked.
    """
    if rule.armed_at is not None:
        return
    if thing.is_off or not thing.is_public:
        raise Conflict(_("Publish it first: nothing is sent about what visitors do not see, or what is cancelled"))
    template = template_of(rule)
    if problem := template.to_whom.segment_problem():
        raise Refused("segments", problem)
    require_sound(template)
    rule.may_be_past = _may_be_past(rule, seen)
    rule.armed_at = rule.changed_at = clock.now()
    _record("rule.armed", rule)


def disarm(rule: Rule) -> None:
    """Let it send nothing until it is armed again. What it has sent goes on. Repeating is nothing."""
    if rule.armed_at is not None:
        rule.armed_at, rule.changed_at = None, clock.now()
        _record("rule.disarmed", rule)


def delete_rule(rule: Rule) -> None:
    """Remove a rule that has sent nothing.

    Raises:
        Conflict: it has sent or missed something: that stays on record.
    """
    if session.scalar(select(Occurrence.id).where(Occurrence.rule_id == rule.id).limit(1)) is not None:
        raise Conflict(_("It has a history, which stays. Switch it off instead"))
    template = template_of(rule)
    _record("rule.deleted", rule)
    session.delete(rule)
    session.flush()
    templates.delete_template(template)


def stop_under_way(rules: list[Rule], reason: str) -> int:
    """Stop what has not left of the rules' occurrences; how many copies. They may fire again for another moment."""
    stopped = 0
    for occurrence, _rule, mailing in under_way([rule.id for rule in rules]):
        stopped += templates.stop(mailing, reason)
        occurrence.state, occurrence.reason = OccurrenceState.REVOKED, reason
    return stopped


def require_sound(template: Mailing) -> None:
    """Raises Refused: an error in the words of what would be sent. Who gets it is counted when it is due."""
    errors = [one for one in errors_of(template) if one.step is not Step.AUDIENCE]
    if errors:
        raise Refused("template", ": ".join(part for part in (errors[0].where, errors[0].words) if part))


def _may_be_past(rule: Rule, seen: int | None) -> bool:
    """Whether it is due already and somebody pressed on it."""
    (plan,) = planned(rule.organisation_id, [rule])
    if plan.due_at is None or plan.due_at > clock.now() or rule.offset.is_before:
        return False
    people = plan.template.to_whom.count()
    if seen != people:
        raise Conflict(_("Its date is past: it would be sent at once, to %(people)d people", people=people))
    return True


def _set(rule: Rule, thing: Anchored, facts: RuleFacts) -> None:
    kind = feature.anchor_kinds()[thing.kind]
    if facts.moment not in kind.moments:
        raise Refused("moment", _("Choose one of the moments that are offered"))
    offset = facts.offset
    if abs(offset.days) > LONGEST_DAYS or abs(offset.minutes) > LONGEST_DAYS * DAY:
        raise Refused("amount", _("Choose at most two years"))
    if not 1 <= facts.lateness <= LONGEST_LATENESS:
        raise Refused("lateness", _("Choose from one minute to 30 days"))
    rule.name = required_line("name", facts.name)
    rule.moment, rule.days, rule.minutes = facts.moment, offset.days, offset.minutes
    rule.at_time = offset.at_time.strftime("%H:%M") if offset.at_time else ""
    rule.lateness, rule.is_urgent, rule.changed_at = facts.lateness, facts.is_urgent, clock.now()


def _require_own_group(thing: Anchored, to_whom: Audience) -> None:
    if not to_whom.names_anybody:
        raise Refused("people", _("Choose who gets it"))
    if not to_whom.group:
        return
    ref, _colon, group = to_whom.group.rpartition(":")
    if ref != thing.ref or group not in feature.anchor_kinds()[thing.kind].groups:
        raise Refused("people", _("Choose people of what the rule is tied to"))


def _record(action: str, rule: Rule) -> None:
    audit.record(
        action, organisation_id=rule.organisation_id, subject=f"rule:{rule.uid}", name=rule.name, anchor=rule.anchor
    )
