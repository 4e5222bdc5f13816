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
    "registration.added": lazy("Somebody added to the list of an event"),
    "registration.changed": lazy("Registration of somebody changed"),
    "registration.form": lazy("Registration form of an event changed"),
    "registration.group": lazy("Group of an event’s form changed"),
    "steward.dismissed": lazy("Steward of an event removed"),
    "steward.named": lazy("Steward of an event named"),
    "fact:steward": lazy("steward"),
    "fact:reason": lazy("reason"),
    "registration.moved": lazy("Somebody moved here from another event"),
    "registration.removed": lazy("Somebody taken off the list of an event"),
    "registrations.messaged": lazy("Message sent to people of an event"),
    "fact:addressed": lazy("to"),
    "fact:addressed:all": lazy("everybody who is registered"),
    "fact:addressed:room": lazy("the room"),
    "fact:addressed:online": lazy("those online"),
    "fact:addressed:waiting": lazy("the waiting list"),
    "registrations.exported": lazy("List of an event’s registrations exported"),
    "fact:attendance": lazy("takes part"),
    "fact:came_from": lazy("from the event"),
    "fact:file": lazy("file"),
    "fact:people": lazy("people"),
    "fact:state": lazy("state"),
    "fact:group": lazy("group"),
    "fact:attendance:venue": lazy("in the room"),
    "fact:attendance:online": lazy("online"),
}
REASONS = {"event-cancelled": lazy("The event was cancelled")}
