"""What the trail calls changes of rules, and why something was not sent."""

from __future__ import annotations

from mobilize.core.i18n import lazy
from mobilize.schedules import rules

AUDIT = {
    "rule.armed": lazy("Rule switched on"),
    "rule.changed": lazy("Rule changed"),
    "rule.created": lazy("Rule made"),
    "rule.deleted": lazy("Rule deleted"),
    "rule.disarmed": lazy("Rule switched off"),
    "rule.fired": lazy("Rule has sent"),
    "rule.missed": lazy("Rule has not sent"),
    "calendar-link.made": lazy("Calendar link made"),
    "calendar-link.revoked": lazy("Calendar link ended"),
    "fact:anchor": lazy("hangs on"),
}
DECISIONS = {
    rules.Decision.LATE.value: lazy("its time was past for too long"),
    rules.Decision.OVERTAKEN.value: lazy("a later one to the same people was due as well"),
    rules.Decision.PASSED.value: lazy("it would have come after the moment itself"),
    rules.Decision.NOT_ASKED.value: lazy("the moment was past when it was switched on"),
    rules.NOBODY: lazy("there was nobody to mail"),
    rules.MOVED: lazy("the date has changed"),
    rules.ENDED: lazy("it does not take place"),
}
REASONS = {rules.MOVED: lazy("The date has changed"), rules.ENDED: lazy("It does not take place")}
