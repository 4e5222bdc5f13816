"""What the trail calls changes of who works here, and the ledger's reasons in the reader's words."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "member.added": lazy("Colleague joined"),
    "member.invitation-withdrawn": lazy("Invitation withdrawn"),
    "member.invited": lazy("Colleague invited"),
    "member.removed": lazy("Colleague removed"),
    "member.role-changed": lazy("Role changed"),
    "user.password-changed": lazy("Password changed"),
    "user.reset-asked": lazy("Link for a new password asked for"),
    "user.sessions-ended": lazy("Logged out in other browsers"),
    "user.signed-in": lazy("Somebody logged in"),
    "fact:role": lazy("role"),
    "fact:role:campaigner": lazy("Campaigner"),
    "fact:role:owner": lazy("Owner"),
    "fact:role:steward": lazy("Steward"),
    "fact:role:viewer": lazy("Viewer"),
}
REASONS = {"moved": lazy("Sent over the installation's own mail server instead")}
