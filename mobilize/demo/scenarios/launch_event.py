"""000, Kazerne Dossin: the launch of the Civic Space Initiative, in a room and by live stream.

The readers of the newsletter are invited. Elise (French) takes the only seat of the room, Femke (Dutch) takes part
online, Goran (English) waits for a seat. Reminders leave a week, a day and two hours before; the last one has the
stream's link for those online and for nobody else. Afterwards everybody who was registered is thanked.
"""

from __future__ import annotations

from mobilize.demo.play import Play, Scenario

EVENT = "civic-space-initiative"
PUBLIC = f"/kazerne-dossin/events/{EVENT}"
STUDIO = f"/studio/kazerne-dossin/calendar/{EVENT}"
ELISE, FEMKE, GORAN = "elise@example.org", "femke@example.org", "goran@example.net"
STREAM = "https://stream.example.org/launch?key=only-online"
RULES = (
    "Invitation",
    "A week before",
    "A day before",
    "Two hours before, at the place",
    "Two hours before, online",
    "Thank you",
)


def perform(play: Play) -> None:
    """From the plan to the thanks."""
    plan(play)
    play.at("2024-01-29T10:30", "readers were invited, and three register")
    register(play, ELISE, "fr", "venue")
    register(play, FEMKE, "nl", "online")
    play.say("the room is full: Goran joins its waiting list")
    register(play, GORAN, "en", "venue")
    play.at("2024-02-19T10:30", "a week before")
    play.at("2024-02-25T10:30", "a day before")
    play.at("2024-02-26T13:30", "two hours before: the link of the stream only to those online")
    play.at("2024-02-27T10:30", "the day after: thanks")


def plan(play: Play) -> None:
    """The stream's address, one seat in the room with a waiting list, and a ready-made set of rules, switched on."""
    play.say("the organiser sets the stream, the seats and the mails")
    organiser = play.stage.colleague()
    organiser.press(organiser.open(STUDIO), "stream_url", stream_url=STREAM)
    form = organiser.open(f"{STUDIO}/registrations/form")
    organiser.press(form, "capacity", is_open="y", capacity="1", has_waiting_list="y", keep_days="30")
    organiser.press(organiser.open(f"{STUDIO}/mail"), "set", set="hybrid")
    planned = organiser.open(f"{STUDIO}/mail")
    for name in RULES:
        rule = organiser.open(planned.link(name))
        organiser.press_at(rule, f"{rule.url}/on")


def register(play: Play, address: str, language: str, attendance: str) -> None:
    """Ask for a seat and press in the mail."""
    who = play.stage.visitor()
    form = who.open(f"{PUBLIC}/register?lang={language}")
    who.press(form, "email", email=address, attendance=attendance)
    play.look()
    who.press(who.open(play.newest(address, "/r/")))
    play.look()


SCENARIO = Scenario(
    name="000",
    title="Kazerne Dossin invites to a launch, in a room and online",
    org="kazerne-dossin",
    zone="Europe/Brussels",
    begins="2024-01-25T10:00",
    perform=perform,
)
