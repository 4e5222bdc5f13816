"""003, LeidenAsiaCentre: four hours before the start the organiser cancels, with a reason.

Amina (English) and Bram (Dutch) are registered and were reminded a week and a day before, Chris (Dutch) has not
confirmed yet, and Dana (English) waits for a seat. All four are told in their language; two entries are taken back from
calendars; the reminder of two hours before and the thanks never leave; the page says so, keeps its text, and later that
it is over.
"""

from __future__ import annotations

from mobilize.demo.play import Play, Scenario
from mobilize.demo.visiting import Visitor

EVENT = "partners-under-pressure"
PUBLIC = f"/leidenasiacentre/events/{EVENT}"
STUDIO = f"/studio/leidenasiacentre/calendar/{EVENT}"
AMINA, BRAM = "amina@example.org", "bram@example.org"
CHRIS, DANA = "chris@example.net", "dana@example.net"
RULES = ("A week before", "A day before", "Two hours before, at the place", "Thank you")
REASONS = {
    "en": "Due to unforeseen circumstances, we are at this time unable to hold this event.",
    "nl": "Door onvoorziene omstandigheden kunnen wij dit evenement nu niet houden.",
}


TOLD = (
    "1 person who is registered gets an email at once, in English",
    "1 person who is registered gets an email at once, in Dutch",
    "1 person who has not confirmed yet is told by email, in Dutch",
)


def perform(play: Play) -> None:
    """From opening the registration to the day after."""
    open_registration(play)
    plan_reminders(play)
    play.say("Amina and Bram register, and confirm")
    register(play, AMINA, "en", "Amina")
    register(play, BRAM, "nl", "Bram")
    confirm(play, AMINA)
    confirm(play, BRAM)
    play.at("2018-05-07T10:30", "a week before, both were reminded")
    play.at("2018-05-13T10:30", "a day before, once more")
    play.at("2018-05-14T14:20", "Chris registers and does not confirm")
    register(play, CHRIS, "nl", "Chris")
    play.say("the room is full: Dana joins the waiting list")
    register(play, DANA, "en", "Dana")
    confirm(play, DANA)
    play.at("2018-05-14T15:00", "four hours before the start the organiser cancels")
    cancel(play)
    look_at_pages(play)
    play.at("2018-05-14T17:30", "the reminder of two hours before was taken back")
    play.at("2018-05-15T10:30", "the event would be over, and nobody is thanked")
    somebody = play.stage.visitor()
    play.show("over", somebody.open(f"{PUBLIC}?lang=nl"), "De datum is voorbij.")
    play.show("over in English", somebody.open(f"{PUBLIC}?lang=en"))


def open_registration(play: Play) -> None:
    play.say("the organiser opens the registration")
    organiser = play.stage.colleague()
    form = organiser.open(f"{STUDIO}/registrations/form")
    organiser.press(form, "capacity", is_open="y", capacity="3", has_waiting_list="y", keep_days="30")


def plan_reminders(play: Play) -> None:
    """The rules of a ready-made set, those for whoever comes to the place switched on."""
    play.say("the organiser plans reminders a week, a day and two hours before, and thanks")
    organiser = play.stage.colleague()
    organiser.press(organiser.open(f"{STUDIO}/mail"), "set", set="hybrid")
    planned = organiser.open(f"{STUDIO}/mail")
    for name in RULES:
        rule = organiser.open(planned.link(name))
        organiser.press_at(rule, f"{rule.url}/on")


def register(play: Play, address: str, language: str, first_name: str) -> None:
    who = play.stage.visitor()
    form = who.open(f"{PUBLIC}/register?lang={language}")
    who.press(form, "email", email=address, first_name=first_name)
    play.look()


def confirm(play: Play, address: str) -> None:
    """Open the link in the newest mail, and press."""
    who = play.stage.visitor()
    who.press(who.open(play.newest(address, "/r/")))
    play.look()


def cancel(play: Play) -> None:
    organiser = play.stage.colleague()
    asked = organiser.open(f"{STUDIO}/becomes/cancelled")
    play.show("what will happen", asked)
    for line in TOLD:
        play.show("what will happen", asked, line)
    organiser.press(asked, "reasons_en", **{f"reasons_{code}": words for code, words in REASONS.items()})
    play.look()


def look_at_pages(play: Play) -> None:
    """What visitors read now: the banner above the text, a closed form, and the pending person's link."""
    somebody: Visitor = play.stage.visitor()
    for language, name in (("en", "cancelled in English"), ("nl", "cancelled in Dutch")):
        play.show(name, somebody.open(f"{PUBLIC}?lang={language}"), REASONS[language])
    play.show("closed form", somebody.open(f"{PUBLIC}/register?lang=en"), "Registration is closed.")
    play.show("late confirmation", somebody.open(play.newest(CHRIS, "/r/")))


SCENARIO = Scenario(
    name="003",
    title="LeidenAsiaCentre cancels an event four hours before its start",
    org="leidenasiacentre",
    zone="Europe/Amsterdam",
    begins="2018-05-03T10:00",
    perform=perform,
)
