"""What the activity log calls changes of defenders."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "defender.changed": lazy("Defender changed"),
    "defender.created": lazy("Defender added"),
    "defender.deleted": lazy("Defender deleted"),
    "defender.event_added": lazy("Event added to a defender’s timeline"),
    "defender.event_removed": lazy("Event taken off a defender’s timeline"),
    "defender.held": lazy("Everything about a defender put on hold"),
    "defender.hold_ended": lazy("Hold on a defender ended"),
    "defender.lapsed": lazy("Mailings about a defender held: a review has lapsed"),
    "defender.picture_added": lazy("Picture of a defender added"),
    "defender.picture_removed": lazy("Picture of a defender taken off"),
    "defender.reviewed": lazy("Defender’s case reviewed"),
    "defender.risk_notes_changed": lazy("Risk notes on a defender changed"),
    "defender.risk_notes_read": lazy("Risk notes on a defender read"),
    "defender.source_checked": lazy("Source of a defender’s timeline looked at again"),
    "defender.source_checked:changed": lazy("Source in the timeline of %(name)s looked at again: it has changed"),
    "defender.source_checked:same": lazy("Source in the timeline of %(name)s looked at again: it is the same"),
    "defenders.limits_changed": lazy("Limits of defenders’ reviews changed"),
    "defenders.risk_readers_changed": lazy("Who may read risk notes changed"),
    "fact:consent": lazy("consent, days"),
    "fact:verification": lazy("verification, days"),
    "fact:risk": lazy("risk, days"),
    "fact:held": lazy("mailings"),
    "fact:passed": lazy("result positive"),
}
