"""What pages and the activity log call calls to action, their states, and what a target sees."""

from __future__ import annotations

from mobilize.actions.models import ActionState, ActOrigin, Shown
from mobilize.actions.rules import Door
from mobilize.core.i18n import lazy

STATE = {
    ActionState.DRAFT: lazy("Draft"),
    ActionState.OPEN: lazy("Published"),
    ActionState.CLOSED: lazy("No longer open"),
}
TONE = {ActionState.DRAFT: "draft", ActionState.OPEN: "done", ActionState.CLOSED: "stopped"}
SHOWS = {
    Shown.NOTHING: lazy("Nothing of the person: the act is counted only"),
    Shown.INITIALS: lazy("Initials and country"),
    Shown.NAME: lazy("Name"),
    Shown.ADDRESS: lazy("Name and postal address"),
}
"""What the target sees, as staff choose it."""
SEEN = {
    Shown.NOTHING: lazy("Your signature is counted. Nobody outside the organisation sees who you are."),
    Shown.INITIALS: lazy("The recipient of the petition sees your initials and your country, and nothing else."),
    Shown.NAME: lazy("The recipient of the petition sees your name, and nothing else."),
    Shown.ADDRESS: lazy("The recipient of the petition sees your name and your postal address, and nothing else."),
}
"""What the target sees, as it stands above the button and is kept with the act."""
ORIGIN = {ActOrigin.PAGE: lazy("Through the page"), ActOrigin.MAIL: lazy("From an email")}
WHY_NOT = {
    Door.CLOSED: lazy("This petition is closed. Thank you for wanting to sign it."),
    Door.CHECKED: lazy("The case is being checked at the moment. Signing is paused until that is done."),
    Door.ENDED: lazy("What this petition was for has come to its end, so it collects no more signatures. Thank you."),
    Door.GRAVE: lazy("This case is closed, and nothing more is asked. Thank you for your solidarity."),
}
"""What stands in place of the form."""

AUDIT = {
    "action.changed": lazy("Call to action changed"),
    "action.closed": lazy("Call to action closed"),
    "action.created": lazy("Call to action made"),
    "action.deleted": lazy("Draft of a call to action deleted"),
    "action.published": lazy("Call to action published"),
}
REASONS = {"appeal-closed": lazy("The appeal was closed")}
