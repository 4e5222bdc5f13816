"""001 (a), the City of Brussels: the Fortnight of International Solidarity 2024, whose dates arrive later.

Its mails are planned, written and switched on while nobody knows the dates. They wait and say so; a pass of the clock
sends nothing. When the dates are set they are due by themselves: the invitation reaches the readers of the list, a
reminder reaches Lina (French), who had registered before there was a date. The next edition is a copy: it has no date
and no mail.

The page says no dates: those of this rehearsal are made up.
"""

from __future__ import annotations

from mobilize.demo.play import Play, Scenario

ORG, EVENT, NEXT = "brussels", "fortnight-2024", "fortnight-2025"
PUBLIC, STUDIO = f"/{ORG}/events/{EVENT}", f"/studio/{ORG}/calendar/{EVENT}"
CAMPAIGN = f"/studio/{ORG}/campaigns/{EVENT}"
LINA = "lina@example.org"
LIST = "Fortnight of International Solidarity"
RULES = ("Invitation", "A week before", "A day before", "Thank you")
WAITS = "The date is not known yet. The rule counts from it as soon as it is."
FIRST_DAY, LAST_DAY = "2024-10-07", "2024-10-20"


def perform(play: Play) -> None:
    """From a year without dates to the next edition."""
    plan(play)
    register(play)
    play.at("2024-06-03T12:00", "two months on, the dates are still not known")
    play.show("still waiting", play.stage.colleague().open(f"{STUDIO}/mail"), WAITS)
    set_dates(play)
    play.at("2024-09-09T10:30", "four weeks before, readers of the list are invited")
    play.at("2024-09-30T10:30", "a week before")
    play.at("2024-10-06T10:30", "a day before")
    play.at("2024-10-21T10:30", "the day after the last: thanks")
    make_next_edition(play)
    play.at("2025-10-06T10:30", "a year later, nothing was sent about the next edition")


def plan(play: Play) -> None:
    """A ready-made set, the invitation to the list of the Fortnight, everything switched on."""
    play.say("the organiser plans the mails of an event that has no date, and switches them on")
    organiser = play.stage.colleague()
    organiser.press(organiser.open(f"{STUDIO}/registrations/form"), "capacity", is_open="y", keep_days="30")
    organiser.press(organiser.open(f"{STUDIO}/mail"), "set", set="conference")
    planned = organiser.open(f"{STUDIO}/mail")
    invitation = organiser.open(planned.link("Invitation"))
    chosen = invitation.form_with("people").options["people"][LIST]
    organiser.press(invitation, "people", people=chosen)
    for name in RULES:
        rule = organiser.open(planned.link(name))
        organiser.press_at(rule, f"{rule.url}/on")
        play.show(name, organiser.open(planned.link(name)))
    play.show("waiting", organiser.open(f"{STUDIO}/mail"), WAITS)


def register(play: Play) -> None:
    play.say("Lina registers, without a date to come")
    who = play.stage.visitor()
    who.press(who.open(f"{PUBLIC}/register?lang=fr"), "email", email=LINA, first_name="Lina")
    play.look()
    who.press(who.open(play.newest(LINA, "/r/")))
    play.look()


def set_dates(play: Play) -> None:
    """What follows from the dates is shown first: each rule gets its own."""
    play.say("the dates are known: the organiser sets them, and sees what will be sent when")
    organiser = play.stage.colleague()
    asked = organiser.open(f"{STUDIO}/becomes/moved")
    shown = organiser.press(asked, "first_day", first_day=FIRST_DAY, last_day=LAST_DAY, start="", end="")
    play.show("what will happen", shown)
    organiser.press(shown, "seen")
    play.look()
    play.show("dated", organiser.open(f"{STUDIO}/mail"))
    play.show("public page", play.stage.visitor().open(f"{PUBLIC}?lang=fr"))


def make_next_edition(play: Play) -> None:
    """A copy of the campaign with its event; then a date for it, so that anything armed would leave."""
    play.say("the organiser makes the next edition from this one, and sets its dates")
    organiser = play.stage.colleague()
    made = organiser.press(organiser.open(f"{CAMPAIGN}/edition"), "slug", slug=NEXT)
    play.show("next edition", made)
    events = organiser.open(f"/studio/{ORG}/calendar")
    event = organiser.open(events.address(f"/calendar/{EVENT}-{NEXT}"))
    organiser.press(event, "first_day", first_day="2025-10-06", last_day="2025-10-19")
    organiser.press_at(event, f"{event.url}/publish")
    play.show("mail of the next edition", organiser.open(f"{event.url}/mail"))


SCENARIO = Scenario(
    name="001a",
    title="The City of Brussels plans a Fortnight whose dates arrive later",
    org=ORG,
    zone="Europe/Brussels",
    begins="2024-04-02T10:00",
    perform=perform,
)
