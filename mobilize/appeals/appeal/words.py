"""What kinds, states and outcomes of appeals are called, on pages and in the activity log."""

from __future__ import annotations

from mobilize.appeals.appeal.rules import AppealState, Concern, Outcome
from mobilize.appeals.words import AUDIT as OF_DEFENDERS
from mobilize.core.i18n import lazy

STATES = {
    AppealState.DRAFT: lazy("Draft"),
    AppealState.IN_REVIEW: lazy("In review"),
    AppealState.ACTIVE: lazy("Active"),
    AppealState.UPDATED: lazy("Updated"),
    AppealState.CLOSED: lazy("Closed"),
}
TONES = {
    AppealState.DRAFT: "draft",
    AppealState.IN_REVIEW: "needs",
    AppealState.ACTIVE: "going",
    AppealState.UPDATED: "going",
    AppealState.CLOSED: "done",
}
CONCERNS = {
    Concern.ARBITRARY_DETENTION: lazy("Arbitrary detention"),
    Concern.UNFAIR_TRIAL: lazy("Unfair trial"),
    Concern.TORTURE: lazy("Torture or ill-treatment"),
    Concern.DEATH_PENALTY: lazy("Death penalty"),
    Concern.DISAPPEARANCE: lazy("Enforced disappearance"),
    Concern.INCOMMUNICADO: lazy("Detention without contact"),
    Concern.HEALTH: lazy("Medical concern"),
    Concern.SAFETY: lazy("Fear for safety"),
    Concern.HARASSMENT: lazy("Harassment and threats"),
    Concern.FORCED_RETURN: lazy("Forced return"),
    Concern.FREE_EXPRESSION: lazy("Freedom of expression"),
    Concern.OTHER: lazy("Another concern"),
}
OUTCOMES = {
    Outcome.RELEASED: lazy("Released"),
    Outcome.RELEASED_WITH_CONDITIONS: lazy("Released with conditions"),
    Outcome.IMPROVED: lazy("The situation improved"),
    Outcome.NO_CHANGE: lazy("No change"),
    Outcome.WORSE: lazy("The situation became worse"),
    Outcome.DIED: lazy("Died"),
    Outcome.STOPPED: lazy("Stopped at the wish of the person or family"),
}
AUDIT = {
    **OF_DEFENDERS,
    "appeal.approval_asked": lazy("Approval of an appeal asked for"),
    "appeal.approval_refused": lazy("Approval of an appeal refused"),
    "appeal.approved": lazy("Appeal approved by a second person"),
    "appeal.changed": lazy("Appeal changed"),
    "appeal.closed": lazy("Appeal closed"),
    "appeal.created": lazy("Appeal made"),
    "appeal.deleted": lazy("Draft of an appeal deleted"),
    "appeal.published": lazy("Appeal published"),
    "appeal.sent_back": lazy("Appeal not approved, sent back"),
    "appeal.updated": lazy("Appeal updated"),
    "fact:fingerprint": lazy("what was approved"),
    "fact:further": lazy("further information"),
    "fact:outcome": lazy("outcome"),
    "fact:reference": lazy("reference"),
    **{f"fact:outcome:{outcome.value}": words for outcome, words in OUTCOMES.items()},
}
