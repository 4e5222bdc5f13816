"""What the trail calls changes of a mailing, and why a mailing's copies were stopped."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "mailing.cancelled": lazy("Mailing cancelled"),
    "mailing.changed": lazy("Mailing changed"),
    "mailing.changed:audience": lazy("Recipients or sender changed in “%(name)s”"),
    "mailing.changed:blocks": lazy("Text changed in “%(name)s”"),
    "mailing.changed:content": lazy("All texts replaced in “%(name)s”"),
    "mailing.changed:words": lazy("Subject changed in “%(name)s”"),
    "mailing.created": lazy("Mailing written"),
    "mailing.launched": lazy("Mailing launched"),
    "mailing.deleted": lazy("Draft deleted"),
    "mailing.duplicated": lazy("Mailing duplicated"),
    "mailing.paused": lazy("Mailing paused"),
    "mailing.resumed": lazy("Mailing resumed"),
    "mailing.launch-given-up": lazy("Launch given up"),
    "mailing.launch-waits": lazy("Launch stopped on the way"),
    "mailing.prepared": lazy("Audience complete"),
    "mailing.renewed": lazy("Those who wait get what it shows now"),
    "mailing.stopped": lazy("Mailing stopped: what it was about has changed"),
    "mailing.scheduled": lazy("Mailing scheduled"),
    "mailing.taken-back": lazy("Mailing taken back"),
    "mailing.tested": lazy("Test email sent"),
    "mailing.unclear-sent-again": lazy("Unclear copies sent again"),
    "mailing.unclear-listed": lazy("Addresses of unclear copies listed"),
    "mailing.refused-sent-again": lazy("Refused copies sent again"),
    "fact:at": lazy("sends on"),
    "fact:audience": lazy("recipients"),
    "fact:count": lazy("copies"),
    "fact:language": lazy("language"),
    "fact:languages": lazy("languages"),
    "fact:name": lazy("name"),
    "fact:revoked": lazy("copies stopped"),
    "fact:zone": lazy("time zone"),
}
REASONS = {"cancelled": lazy("The mailing was cancelled")}
