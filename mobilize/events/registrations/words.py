"""What pages call the states of a registration."""

from __future__ import annotations

from mobilize.core.i18n import lazy
from mobilize.events.models import Attendance
from mobilize.events.registrations.models import EntryChoice, RegistrationState

STATE = {
    RegistrationState.PENDING: lazy("Not confirmed yet"),
    RegistrationState.REGISTERED: lazy("Registered"),
    RegistrationState.LEFT: lazy("Left"),
    RegistrationState.REMOVED: lazy("Taken off"),
    RegistrationState.EVENT_CANCELLED: lazy("Event cancelled"),
}
TONE = {
    RegistrationState.PENDING: "going",
    RegistrationState.REGISTERED: "done",
    RegistrationState.LEFT: "draft",
    RegistrationState.REMOVED: "draft",
    RegistrationState.EVENT_CANCELLED: "stopped",
}
WHERE = {Attendance.VENUE: lazy("In the room"), Attendance.ONLINE: lazy("Online")}
ATTENDING = {
    Attendance.VENUE: lazy("You take part in the room."),
    Attendance.ONLINE: lazy("You take part online."),
}
ENTRY = {
    EntryChoice.EVENT: lazy("With the name of the event"),
    EntryChoice.APPOINTMENT: lazy("As “Appointment”"),
    EntryChoice.MEETING: lazy("As “Meeting”"),
    EntryChoice.BUSY: lazy("As “Busy”"),
    EntryChoice.NONE: lazy("No entry"),
}
NEUTRAL_TITLE = {
    EntryChoice.APPOINTMENT: lazy("Appointment"),
    EntryChoice.MEETING: lazy("Meeting"),
    EntryChoice.BUSY: lazy("Busy"),
}
"""What an entry is called that names neither the event nor its place."""
