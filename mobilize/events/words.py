"""What the trail calls changes of events, and why mail about one was stopped."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "door.closed": lazy("Link to the door of an event ended"),
    "door.opened": lazy("Link to the door of an event made"),
    "event.cancelled": lazy("Event cancelled"),
    "event.changed": lazy("Event changed"),
    "event.created": lazy("Event made"),
    "event.deleted": lazy("Draft of an event deleted"),
    "event.moved": lazy("Event moved to another date"),
    "event.moved_online": lazy("Event moved online"),
    "event.postponed": lazy("Event postponed"),
    "event.published": lazy("Event published"),
    "registration.form": lazy("Registration form of an event changed"),
    "registration.group": lazy("Group of an event’s form changed"),
    "fact:reason": lazy("reason"),
    "registration.removed": lazy("Somebody taken off the list of an event"),
}
REASONS = {"event-cancelled": lazy("The event was cancelled")}
