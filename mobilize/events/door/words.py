"""What the door says."""

from __future__ import annotations

from mobilize.core.i18n import lazy
from mobilize.events.door.rules import Verdict

VERDICT = {
    Verdict.VALID: lazy("Valid: welcome"),
    Verdict.USED: lazy("Used already"),
    Verdict.CANCELLED: lazy("Cancelled: not registered any more"),
    Verdict.ONLINE: lazy("Registered to take part online"),
    Verdict.ELSEWHERE: lazy("Ticket of another event"),
    Verdict.FORGED: lazy("Not a ticket of this organisation"),
    Verdict.NO_CODE: lazy("Not a ticket code: check each letter"),
    Verdict.WALK_IN: lazy("Counted without a ticket"),
}
TONE = {
    Verdict.VALID: "done",
    Verdict.USED: "needs",
    Verdict.CANCELLED: "stopped",
    Verdict.ONLINE: "needs",
    Verdict.ELSEWHERE: "stopped",
    Verdict.FORGED: "stopped",
    Verdict.NO_CODE: "needs",
    Verdict.WALK_IN: "done",
}
