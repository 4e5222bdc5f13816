"""What the trail calls changes of people and lists."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "list.changed": lazy("List changed"),
    "list.created": lazy("List made"),
    "people.imported": lazy("People imported"),
    "person.changed": lazy("Person changed"),
    "subscription.given": lazy("Subscribed"),
    "subscription.withdrawn": lazy("Unsubscribed"),
}
