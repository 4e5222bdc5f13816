"""What pages call the states of a registration."""

from __future__ import annotations

from mobilize.core.i18n import lazy, ngettext, show_number
from mobilize.events.models import Attendance
from mobilize.events.registrations.models import Addressed, EntryChoice, RegistrationState
from mobilize.events.registrations.rules import NoOffers, PassedOver

ADDRESSED = {
    Addressed.ALL: lazy("Everybody who is registered"),
    Addressed.ROOM: lazy("Those who come to the room"),
    Addressed.ONLINE: lazy("Those who take part online"),
    Addressed.WAITING: lazy("Those on the waiting list"),
}
"""To whom an organiser writes."""
STATE = {
    RegistrationState.PENDING: lazy("Not confirmed yet"),
    RegistrationState.REGISTERED: lazy("Registered"),
    RegistrationState.OFFERED: lazy("Seat offered"),
    RegistrationState.WAITING: lazy("On the waiting list"),
    RegistrationState.LAPSED: lazy("Offer not taken"),
    RegistrationState.LEFT: lazy("Left"),
    RegistrationState.REMOVED: lazy("Taken off"),
    RegistrationState.EVENT_CANCELLED: lazy("Event cancelled"),
}
TONE = {
    RegistrationState.PENDING: "going",
    RegistrationState.REGISTERED: "done",
    RegistrationState.OFFERED: "going",
    RegistrationState.WAITING: "needs",
    RegistrationState.LAPSED: "draft",
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

NO_OFFERS = {
    NoOffers.CLOSED: lazy("Registration is not open: no seats are offered."),
    NoOffers.TOO_LATE: lazy("The event starts soon: free seats are no longer offered. Whoever comes first takes them."),
    NoOffers.NO_ROOM: lazy("The event takes place online: there is no room to wait for."),
}
PASSED_OVER = {
    PassedOver.NOT_MAILABLE: lazy("Passed over: the address cannot be mailed"),
    PassedOver.TOO_LARGE: lazy("Passed over: more people than free seats"),
}


def party_words(party: int) -> str:
    """For how many people a registration is; empty for one."""
    if party == 1:
        return ""
    return ngettext("For %(num)s person", "For %(num)s people", party, num=show_number(party))
