"""What pages say of rules, in the reader's language."""

from __future__ import annotations

from mobilize.core import feature
from mobilize.core.feature import Anchored
from mobilize.core.i18n import _, ngettext
from mobilize.mailings.models import MailingState
from mobilize.schedules.models import Occurrence, OccurrenceState, Rule
from mobilize.schedules.queries import Past, Planned
from mobilize.schedules.words import DECISIONS


def when_of(rule: Rule, thing: Anchored) -> str:
    """``"7 days before the start, at 10:00"``."""
    offset = rule.offset
    moment = str(feature.anchor_kinds()[thing.kind].moments[rule.moment])
    if offset.at_time is not None:
        return _on_day(offset.days, moment, offset.at_time.strftime("%H:%M"))
    amount = abs(offset.minutes)
    if amount % 60 == 0:
        long = ngettext("%(num)s hour", "%(num)s hours", amount // 60)
    else:
        long = ngettext("%(num)s minute", "%(num)s minutes", amount)
    if offset.minutes < 0:
        return _("%(long)s before %(moment)s", long=long, moment=moment)
    return _("%(long)s after %(moment)s", long=long, moment=moment)


def state_of(plan: Planned) -> tuple[str, str, str]:
    """A word, its tone and its icon, as ``ui/status.html`` draws them."""
    rule = plan.rule
    if rule.armed_at is None:
        return _("Off"), "draft", "draft"
    if plan.is_done:
        return _("Done"), "done", "done"
    if plan.due_at is None:
        return _("Waits for a date"), "needs", "clock"
    return _("On"), "going", "going"


def why_waiting(plan: Planned) -> str:
    """Why a rule has no due date; empty where it has one."""
    if plan.due_at is not None:
        return ""
    if plan.thing.is_off:
        return _("It does not take place, or has no new date: nothing is sent.")
    if plan.moment is None:
        return _("The date is not known yet. The rule counts from it as soon as it is.")
    return _("Only the day is known. Hours cannot be counted from it: count in days, or set the time.")


def outcome_of(one: Past) -> str:
    """What became of one firing. A mailing whose launch was given up is a draft again, with the reason."""
    occurrence, mailing = one.occurrence, one.mailing
    if occurrence.state is OccurrenceState.SENT:
        if mailing is not None and mailing.problem and mailing.state is MailingState.LAUNCHED:
            return _("Stopped on the way: %(problem)s", problem=mailing.problem)
        if mailing is not None and mailing.problem:
            return _("Not sent: %(reason)s", reason=mailing.problem)
        return _("Sent")
    if occurrence.state is OccurrenceState.REVOKED:
        return _("Stopped: %(reason)s", reason=_reason(occurrence))
    return _("Not sent: %(reason)s", reason=_reason(occurrence))


def _on_day(days: int, moment: str, at: str) -> str:
    if days == 0:
        return _("On the day of %(moment)s, at %(time)s", moment=moment, time=at)
    long = ngettext("%(num)s day", "%(num)s days", abs(days))
    if days < 0:
        return _("%(long)s before %(moment)s, at %(time)s", long=long, moment=moment, time=at)
    return _("%(long)s after %(moment)s, at %(time)s", long=long, moment=moment, time=at)


def _reason(occurrence: Occurrence) -> str:
    return str(DECISIONS.get(occurrence.reason, occurrence.reason))
