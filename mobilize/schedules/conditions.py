"""What segments ask about rules: who had what one of them sends, whichever of its firings that was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, select
from wtforms import Form, SelectChoice, SelectField

from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.feature import Asking, Condition
from mobilize.core.i18n import _, lazy
from mobilize.core.json_fields import Fields
from mobilize.delivery.models import Delivery, Message
from mobilize.mailings.conditions import HAD
from mobilize.mailings.models import Mailing
from mobilize.schedules.models import Occurrence, Rule
from mobilize.schedules.queries import things_of

OFFERED = 200


@dataclass(frozen=True)
class SentByRule:
    """``rule`` is its uid."""

    rule: str


class SentByRuleForm(Form):
    rule = SelectField(lazy("Rule"))


def _read(fields: Fields) -> SentByRule:
    return SentByRule(fields.line("rule", at_most=26, required=True))


def _people(facts: SentByRule, asking: Asking) -> Select[int]:
    """Nobody yet, where the rule has not sent anything."""
    rule = _rule(asking.organisation_id, facts.rule)
    sent = (
        select(Message.id, Message.final)
        .join(Mailing, Mailing.message_id == Message.id)
        .join(Occurrence, Occurrence.mailing_id == Mailing.id)
        .where(Occurrence.rule_id == rule.id)
    )
    messages = session.execute(sent).all()
    if any(final is not None for _id, final in messages):
        raise Refused("rule", _("Who got what this rule sent is not kept any more: only the numbers are"))
    had = select(Delivery.recipient_id)
    if not messages:
        return had.where(false())
    return had.where(Delivery.message_id.in_([one.id for one in messages]), Delivery.state.in_(HAD))


def _rule(organisation_id: int, uid: str) -> Rule:
    """Raises Refused: no rule of the organisation has this uid."""
    found = session.scalar(select(Rule).where(Rule.organisation_id == organisation_id, Rule.uid == uid))
    if found is None:
        raise Refused("rule", _("Choose a rule of this organisation"))
    return found


def _words(facts: SentByRule, organisation_id: int) -> str:
    return _("got what the rule “%(name)s” sends", name=_label(_rule(organisation_id, facts.rule)))


def _label(rule: Rule, title: str = "") -> str:
    """The rule with what it is tied to: many events have an "Invitation"."""
    thing = things_of(rule.organisation_id, {rule.anchor}).get(rule.anchor) if not title else None
    title = title or (thing.title if thing else "")
    return f"{rule.name}: {title}" if title else rule.name


def _offer(form: Any, organisation_id: int) -> None:
    """The newest rules; the one that is named stays a choice."""
    own = select(Rule).where(Rule.organisation_id == organisation_id)
    rows = list(session.scalars(own.order_by(Rule.id.desc()).limit(OFFERED)))
    named = session.scalar(own.where(Rule.uid == (form.rule.data or "")))
    if named is not None and named not in rows:
        rows.append(named)
    things = things_of(organisation_id, {row.anchor for row in rows})
    titles = {ref: thing.title for ref, thing in things.items()}
    form.rule.choices = [SelectChoice(row.uid, _label(row, titles.get(row.anchor, ""))) for row in rows]


SENT_BY_RULE = Condition("rule", lazy("Got what a rule sends"), SentByRuleForm, _read, _people, _words, _offer)
