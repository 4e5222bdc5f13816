"""What pages call the states of a registration."""

from __future__ import annotations

from mobilize.core.i18n import lazy
from mobilize.events.registrations.models import RegistrationState

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
