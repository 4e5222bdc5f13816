"""Ready-made sets of rules for an event or an appeal: made switched off, with words in every language that it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import time
from typing import Any

from mobilize.actions.queries import open_actions
from mobilize.audiences.audience import Audience
from mobilize.audiences.queries import list_choices
from mobilize.core import feature
from mobilize.core.errors import Refused
from mobilize.core.feature import Anchored
from mobilize.core.i18n import _, lazy, using
from mobilize.mailings.content import MailingText, SenderText, Version, read_version
from mobilize.organisations.queries import Brand, brand
from mobilize.schedules.models import Rule
from mobilize.schedules.offsets import Offset
from mobilize.schedules.service import RuleFacts, create_rule

HOUR, DAY = 60, 60 * 24
MORNING = time(10)
LIST = ""
"""In place of a group: the organisation's first list, which can be changed."""

Words = Callable[[Anchored], tuple[str, str, tuple[str, ...]]]
"""Subject, text (Markdown), and the live blocks below it, in the current language."""


@dataclass(frozen=True)
class Step:
    """One rule of a set; ``late`` in minutes. ``until_acted``: only for those who have not acted, and until they do."""

    name: Any
    moment: str
    offset: Offset
    group: str
    late: int
    words: Words
    until_acted: bool = False


def _dear(text: str) -> str:
    return "\n\n".join((_("Dear {{first_name|friend}},"), text))


def _invitation(thing: Anchored) -> tuple[str, str, tuple[str, ...]]:
    text = _("we invite you to “%(title)s”. Below is when and where, and how to register.", title=thing.title)
    return _("Invitation: %(title)s", title=thing.title), _dear(text), ("event", "registration")


def _in_a_week(thing: Anchored) -> tuple[str, str, tuple[str, ...]]:
    text = _("you are registered for “%(title)s”. Here is once more when and where it takes place.", title=thing.title)
    return _("Coming up: %(title)s", title=thing.title), _dear(text), ("event",)


def _soon(thing: Anchored) -> tuple[str, str, tuple[str, ...]]:
    text = _("“%(title)s” is about to begin. We look forward to seeing you.", title=thing.title)
    return _("Reminder: %(title)s", title=thing.title), _dear(text), ("event",)


def _link(thing: Anchored) -> tuple[str, str, tuple[str, ...]]:
    text = _("“%(title)s” is about to begin. This is your way in; please keep it to yourself.", title=thing.title)
    return _("Your link: %(title)s", title=thing.title), _dear(text), ("stream", "event")


def _appeal(thing: Anchored) -> tuple[str, str, tuple[str, ...]]:
    text = _("this is about “%(title)s”. Please read what happened, and act with one press.", title=thing.title)
    return _("Please act: %(title)s", title=thing.title), _dear(text), ("appeal", "action")


def _chaser(thing: Anchored) -> tuple[str, str, tuple[str, ...]]:
    text = _("we wrote to you about “%(title)s”. Your name is not there yet. It takes one press.", title=thing.title)
    return _("Your name is missing: %(title)s", title=thing.title), _dear(text), ("action", "appeal")


def _last_call(thing: Anchored) -> tuple[str, str, tuple[str, ...]]:
    text = _("only a few days are left to act for “%(title)s”. It takes one press.", title=thing.title)
    return _("Last call: %(title)s", title=thing.title), _dear(text), ("action", "appeal")


def _last_day(thing: Anchored) -> tuple[str, str, tuple[str, ...]]:
    text = _("today is the last day to act for “%(title)s”. It takes one press.", title=thing.title)
    return _("Today is the last day: %(title)s", title=thing.title), _dear(text), ("action", "appeal")


def _thanks(thing: Anchored) -> tuple[str, str, tuple[str, ...]]:
    text = _("thank you for taking part in “%(title)s”.", title=thing.title)
    return _("Thank you: %(title)s", title=thing.title), _dear(text), ("event",)


INVITATION = Step(lazy("Invitation"), "start", Offset(days=-28, at_time=MORNING), LIST, 14 * DAY, _invitation)
WEEK = Step(lazy("A week before"), "start", Offset(days=-7, at_time=MORNING), "registered", 5 * DAY, _in_a_week)
DAY_BEFORE = Step(lazy("A day before"), "start", Offset(days=-1, at_time=MORNING), "registered", 12 * HOUR, _soon)
ROOM = Step(lazy("Two hours before, at the place"), "start", Offset(minutes=-2 * HOUR), "room", 90, _soon)
STREAM = Step(lazy("Two hours before, online"), "start", Offset(minutes=-2 * HOUR), "online", 100, _link)
HOUR_BEFORE = Step(lazy("An hour before"), "start", Offset(minutes=-HOUR), "online", 50, _link)
THANKS = Step(lazy("Thank you"), "end", Offset(days=1, at_time=MORNING), "registered", 5 * DAY, _thanks)
_MISSING = lazy("To those who have not acted")
LAUNCH = Step(lazy("The appeal"), "published", Offset(), LIST, 5 * DAY, _appeal)
CHASER = Step(_MISSING, "published", Offset(days=7, at_time=MORNING), LIST, 3 * DAY, _chaser, True)
LAST_CALL = Step(lazy("Last call"), "act_until", Offset(days=-3, at_time=MORNING), LIST, 2 * DAY, _last_call, True)
LAST_DAY = Step(lazy("The last day"), "act_until", Offset(days=0, at_time=MORNING), LIST, 10 * HOUR, _last_day, True)


@dataclass(frozen=True)
class ReadySet:
    """A set as it is offered."""

    name: str
    label: Any
    text: Any
    steps: tuple[Step, ...]


def _by_name(*sets: ReadySet) -> Mapping[str, ReadySet]:
    return {one.name: one for one in sets}


SETS: Mapping[str, Mapping[str, ReadySet]] = {
    "event": _by_name(
        ReadySet(
            "hybrid",
            lazy("At a place and online"),
            lazy("Invitation; a week, a day and two hours before; the link only to those online; thanks."),
            (INVITATION, WEEK, DAY_BEFORE, ROOM, STREAM, THANKS),
        ),
        ReadySet(
            "conference",
            lazy("Conference"),
            lazy("Invitation; a week and a day before; thanks the day after."),
            (INVITATION, WEEK, DAY_BEFORE, THANKS),
        ),
        ReadySet(
            "webinar",
            lazy("Only online"),
            lazy("Invitation; a day before; the link an hour before; thanks."),
            (INVITATION, DAY_BEFORE, HOUR_BEFORE, THANKS),
        ),
    ),
    "appeal": _by_name(
        ReadySet(
            "appeal",
            lazy("Appeal with a petition"),
            lazy("The appeal; to those who have not acted a week later, three days before the last day, and on it."),
            (LAUNCH, CHASER, LAST_CALL, LAST_DAY),
        ),
    ),
}
"""By the kind of thing that they are for, and by name."""


def add(wanted: ReadySet, thing: Anchored, house: Brand, *, demonstration: bool = False) -> list[Rule]:
    """Make the rules of a set, switched off.

    Raises:
        Refused: the organisation has no list that could be written to, or nobody can act for the appeal yet.
    """
    return [_made(step, thing, house, demonstration=demonstration) for step in wanted.steps]


def _made(step: Step, thing: Anchored, house: Brand, *, demonstration: bool) -> Rule:
    facts = RuleFacts(str(step.name), step.moment, step.offset, _people(step, thing, house), step.late)
    words = {tag: _version(step, thing, house.id, tag) for tag in thing.languages}
    return create_rule(thing, facts, MailingText(facts.name, SenderText(), words), demonstration=demonstration)


def _people(step: Step, thing: Anchored, house: Brand) -> Audience:
    if step.group != LIST:
        return Audience(house.id, group=f"{thing.ref}:{step.group}")
    lists = list_choices(house.id)
    if not lists:
        raise Refused("set", _("Make a list first: the invitation goes to one"))
    everybody = Audience.of(house.id, [lists[0].id])
    return replace(everybody, ended_by=thing.ref) if step.until_acted else everybody


def _version(step: Step, thing: Anchored, organisation_id: int, language: str) -> Version:
    with using(language):
        spoken = feature.anchored(organisation_id, thing.ref) or thing
        subject, text, live = step.words(spoken)
        blocks = [
            {"type": "heading", "text": spoken.title},
            {"type": "text", "markdown": text},
            *(_live_block(kind, thing, organisation_id) for kind in live),
        ]
        return read_version({"subject": subject, "preheader": "", "blocks": blocks}, language)


def _live_block(kind: str, thing: Anchored, organisation_id: int) -> dict[str, str]:
    """A block that shows the thing itself, or the newest petition about it.

    Raises:
        Refused: nobody can act for it yet.
    """
    if kind != "action":
        return {"type": kind, thing.kind: thing.uid}
    found = next((row for row in open_actions(brand(organisation_id)) if row.about == thing.ref), None)
    if found is None:
        raise Refused("set", _("Publish a petition about this first: the emails lead to it"))
    return {"type": kind, "action": found.uid}
