"""Reads: rules, when they are due, and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from mobilize.core import feature
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.feature import Anchored, AuditSubject, Moment
from mobilize.delivery.models import HoldCause, Message, MessageHold, MessageState
from mobilize.delivery.rules import LIVE
from mobilize.mailings.models import Mailing, MailingState
from mobilize.schedules.models import Occurrence, OccurrenceState, Rule
from mobilize.schedules.offsets import passes_at
from mobilize.schedules.rules import Candidate, Fired


@dataclass(frozen=True)
class Planned:
    """A rule with what it is tied to: ``due_at`` is None while that is not known, ``is_done`` once it has fired.

    ``next_number`` is the number that its next firing gets.
    """

    rule: Rule
    template: Mailing
    thing: Anchored
    due_at: datetime | None
    is_done: bool
    next_number: int

    @property
    def moment(self) -> Moment | None:
        return self.thing.moments.get(self.rule.moment)


@dataclass(frozen=True)
class Past:
    """One firing as pages show it; ``mailing`` is what was sent."""

    occurrence: Occurrence
    rule: Rule
    mailing: Mailing | None


def rule_by_uid(organisation_id: int, uid: str) -> Rule:
    """Raises NotFound: the organisation has no such rule."""
    found = session.scalar(select(Rule).where(Rule.organisation_id == organisation_id, Rule.uid == uid))
    if found is None:
        raise NotFound("rule")
    return found


def template_of(rule: Rule) -> Mailing:
    """What the rule sends copies of."""
    return session.get_one(Mailing, rule.template_id)


def armed_rules() -> Sequence[Rule]:
    """Those of all organisations, one organisation after the other."""
    wanted = select(Rule).where(Rule.armed_at.is_not(None))
    return session.scalars(wanted.order_by(Rule.organisation_id, Rule.anchor, Rule.id)).all()


def armed_rules_beyond_demonstration() -> Sequence[Rule]:
    """Those of things on which no rule of the demonstration hangs."""
    shown = select(Rule.anchor).join(Mailing, Mailing.id == Rule.template_id).where(Mailing.is_demonstration)
    anchors = set(session.scalars(shown))
    return [rule for rule in armed_rules() if rule.anchor not in anchors]


def rules_of(organisation_id: int, anchor: str) -> Sequence[Rule]:
    """The rules tied to one thing, the first made first."""
    wanted = select(Rule).where(Rule.organisation_id == organisation_id, Rule.anchor == anchor)
    return session.scalars(wanted.order_by(Rule.id)).all()


def candidates(rules: Iterable[Rule], *things: Anchored) -> list[Candidate]:
    """The armed ones among the rules of these things whose due date is known; as many queries for many as for one."""
    by_ref = {thing.ref: thing for thing in things}
    armed = [rule for rule in rules if rule.armed_at is not None and rule.anchor in by_ref]
    last, people = _last(armed), _people(armed)
    found = []
    for rule in armed:
        moment = by_ref[rule.anchor].moments.get(rule.moment)
        due_at = rule.offset.from_moment(moment) if moment else None
        if moment is None or due_at is None or rule.armed_at is None:
            continue
        found.append(
            Candidate(
                rule_id=rule.id,
                moment=rule.moment,
                moment_at=moment.at,
                passes_at=passes_at(moment),
                due_at=due_at,
                is_before=rule.offset.is_before,
                armed_at=rule.armed_at,
                may_be_past=rule.may_be_past,
                lateness=timedelta(minutes=rule.lateness),
                people=people[rule.id],
                last=last.get(rule.id),
            )
        )
    return found


def planned(organisation_id: int, rules: Sequence[Rule]) -> list[Planned]:
    """The rules of things still there with their due dates, the soonest first, then those that wait for a date."""
    things = things_of(organisation_id, {rule.anchor for rule in rules})
    templates = {row.id: row for row in session.scalars(_of_ids(rule.template_id for rule in rules))}
    last = _last(rules)
    found = [
        _planned(rule, templates[rule.template_id], things[rule.anchor], last.get(rule.id))
        for rule in rules
        if rule.anchor in things
    ]
    return sorted(found, key=lambda one: (one.due_at is None, one.due_at or one.rule.created_at, one.rule.id))


def things_of(organisation_id: int, anchors: Collection[str]) -> dict[str, Anchored]:
    """What rules are tied to, by ``kind:uid``."""
    uids: dict[str, list[str]] = {}
    for name in sorted(anchors):
        kind, _colon, uid = name.partition(":")
        uids.setdefault(kind, []).append(uid)
    kinds = feature.anchor_kinds()
    found = (thing for kind, named in uids.items() for thing in kinds[kind].find(organisation_id, named).values())
    return {thing.ref: thing for thing in found}


def all_rules(organisation_id: int) -> Sequence[Rule]:
    wanted = select(Rule).where(Rule.organisation_id == organisation_id)
    return session.scalars(wanted.order_by(Rule.id)).all()


def past(organisation_id: int, since: datetime, anchor: str = "") -> list[Past]:
    """What rules sent, missed or had stopped since a moment, the newest first; ``anchor`` narrows it to one thing."""
    wanted = _past(organisation_id).where(Occurrence.at >= since)
    wanted = wanted.order_by(Occurrence.at.desc(), Occurrence.id.desc())
    if anchor:
        wanted = wanted.where(Rule.anchor == anchor)
    return [Past(*row) for row in session.execute(wanted)]


def due_between(organisation_id: int, first: datetime, last: datetime) -> list[Past]:
    """What rules sent, missed or had stopped that was due from the first moment until before the last."""
    wanted = _past(organisation_id).where(Occurrence.due_at >= first, Occurrence.due_at < last)
    return [Past(*row) for row in session.execute(wanted.order_by(Occurrence.due_at, Occurrence.id))]


def scheduled(organisation_id: int, until: datetime | None) -> list[tuple[Mailing, datetime]]:
    """Mailings that leave by themselves (until a moment) and that no rule made: its own firing stands for those."""
    wanted = _written(organisation_id).where(Mailing.state == MailingState.SCHEDULED, Mailing.send_at.is_not(None))
    if until is not None:
        wanted = wanted.where(Mailing.send_at < until)
    found = session.scalars(wanted.order_by(Mailing.send_at, Mailing.id))
    return [(row, row.send_at) for row in found if row.send_at is not None]


def launched(organisation_id: int, first: datetime, last: datetime) -> list[tuple[Mailing, datetime]]:
    """Mailings that no rule made and that left from the first moment until before the last."""
    wanted = _written(organisation_id).where(Mailing.launched_at >= first, Mailing.launched_at < last)
    found = session.scalars(wanted.order_by(Mailing.launched_at, Mailing.id))
    return [(row, row.launched_at) for row in found if row.launched_at is not None]


def under_way(rule_ids: Collection[int]) -> list[tuple[Occurrence, Rule, Mailing]]:
    """Occurrences of which copies may still leave: scheduled, being prepared, or with a message that has not ended."""
    wanted = (
        select(Occurrence, Rule, Mailing)
        .join(Rule, Rule.id == Occurrence.rule_id)
        .join(Mailing, Mailing.id == Occurrence.mailing_id)
        .outerjoin(Message, Message.id == Mailing.message_id)
        .where(Occurrence.rule_id.in_(rule_ids), Occurrence.state == OccurrenceState.SENT)
        .where((Mailing.state == MailingState.SCHEDULED) | Message.state.in_(LIVE))
        .order_by(Mailing.id)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(wanted)]


def held_for_new_content() -> Sequence[int]:
    """Mailings of rules that wait because what they show has changed, by id."""
    wanted = (
        select(Mailing.id)
        .join(Occurrence, Occurrence.mailing_id == Mailing.id)
        .join(Message, Message.id == Mailing.message_id)
        .join(MessageHold, MessageHold.message_id == Message.id)
        .where(Occurrence.state == OccurrenceState.SENT, MessageHold.cause == HoldCause.SOURCE)
        .where(Message.state == MessageState.HALTED)
    )
    return session.scalars(wanted.order_by(Mailing.id)).all()


def next_number(rule_id: int) -> int:
    return (session.scalar(select(func.max(Occurrence.number)).where(Occurrence.rule_id == rule_id)) or 0) + 1


def _planned(rule: Rule, template: Mailing, thing: Anchored, last: Fired | None) -> Planned:
    moment = thing.moments.get(rule.moment)
    due_at = rule.offset.from_moment(moment) if moment else None
    is_done = (
        last is not None
        and moment is not None
        and last.moment_at == moment.at
        and last.state is not OccurrenceState.REVOKED
    )
    return Planned(rule, template, thing, due_at, is_done, last.number + 1 if last is not None else 1)


def _past(organisation_id: int) -> Select[Occurrence, Rule, Mailing]:
    return (
        select(Occurrence, Rule, Mailing)
        .join(Rule, Rule.id == Occurrence.rule_id)
        .outerjoin(Mailing, Mailing.id == Occurrence.mailing_id)
        .where(Rule.organisation_id == organisation_id)
    )


def _written(organisation_id: int) -> Select[Mailing]:
    """Mailings that campaigners wrote."""
    return select(Mailing).where(Mailing.organisation_id == organisation_id, Mailing.origin == "")


def _of_ids(ids: Iterable[int]) -> Select[Mailing]:
    return select(Mailing).where(Mailing.id.in_(list(ids)))


def _last(rules: Iterable[Rule]) -> dict[int, Fired]:
    """The last occurrence of each rule that has one."""
    ids = [rule.id for rule in rules]
    newest = select(Occurrence.rule_id, func.max(Occurrence.number).label("number")).where(Occurrence.rule_id.in_(ids))
    newest_of = newest.group_by(Occurrence.rule_id).subquery()
    wanted = select(Occurrence).join(
        newest_of, (newest_of.c.rule_id == Occurrence.rule_id) & (newest_of.c.number == Occurrence.number)
    )
    return {row.rule_id: Fired(row.moment_at, row.state, row.number) for row in session.scalars(wanted)}


def _people(rules: Iterable[Rule]) -> dict[int, str]:
    """Who gets what each rule sends, as a key: rules of the same people overtake each other."""
    wanted = select(Rule.id, Mailing.selection).join(Mailing, Mailing.id == Rule.template_id)
    found = session.execute(wanted.where(Rule.id.in_([rule.id for rule in rules])))
    return {rule_id: repr(sorted(selection.items())) for rule_id, selection in found}


def _audit_subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """Rules as the trail names and links them."""
    own = select(Rule.uid, Rule.name).where(Rule.organisation_id == organisation_id, Rule.uid.in_(uids))
    return {uid: AuditSubject(name, "schedules.rule", {"rule_uid": uid}) for uid, name in session.execute(own)}


AUDIT_SUBJECTS = {"rule": _audit_subjects}
