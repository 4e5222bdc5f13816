"""What the activity log calls changes of defenders."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "defender.changed": lazy("Defender changed"),
    "defender.created": lazy("Defender added"),
    "defender.event_added": lazy("Event added to a defender’s timeline"),
    "defender.held": lazy("Everything about a defender put on hold"),
    "defender.hold_ended": lazy("Hold on a defender ended"),
    "defender.reviewed": lazy("Defender’s case reviewed"),
    "defender.risk_notes_changed": lazy("Risk notes on a defender changed"),
    "defender.risk_notes_read": lazy("Risk notes on a defender read"),
    "fact:passed": lazy("result positive"),
}
