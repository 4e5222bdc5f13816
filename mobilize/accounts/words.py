"""What the trail calls changes of who works here."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "member.added": lazy("Colleague joined"),
    "member.invitation-withdrawn": lazy("Invitation withdrawn"),
    "member.invited": lazy("Colleague invited"),
    "member.removed": lazy("Colleague removed"),
    "member.role-changed": lazy("Role changed"),
}
