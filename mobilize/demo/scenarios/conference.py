"""004, the Brussels platform: the annual conference, a whole day without times, and what is written about it.

Members of the municipal services and of civil society are invited with texts of their own; who is in both groups gets
one. Noor (French) registers, and gets an entry for the whole day. The day after, a recap reaches the readers of the
newsletter, its picture described in their language; then anybody reads it in the archive and its feed.

The moderator and everybody who registers are made up.
"""

from __future__ import annotations

import json

from mobilize.demo.play import Play, Scenario
from mobilize.demo.visiting import Page, Visitor

ORG, EVENT = "brussels-platform", "annual-conference-2022"
PUBLIC, STUDIO = f"/{ORG}/events/{EVENT}", f"/studio/{ORG}/calendar/{EVENT}"
ARCHIVE = f"/{ORG}/archive/"
NOOR = "noor@example.org"
SESSION = "Panel discussions between international solidarity organisations"
MODERATOR = "Nour Example (made up)"
HEMICYCLE = {
    "en": "Rows of dots in half circles, like the seats of a hemicycle.",
    "fr": "Des rangées de points en demi-cercles, comme les sièges d’un hémicycle.",
    "nl": "Rijen stippen in halve cirkels, zoals de zetels van een halfrond.",
}
CAPTION = "Annual event of the platform, on 17 November 2022, in the Parliament of the Brussels-Capital Region."
MUNICIPAL, CIVIL = "Invitation to municipal services", "Invitation to civil society"
TEXTS = {
    MUNICIPAL: {
        "en": "Meet the associations that your municipality works with.",
        "fr": "Rencontrez les associations avec lesquelles votre commune travaille.",
        "nl": "Ontmoet de verenigingen waarmee uw gemeente werkt.",
    },
    CIVIL: {
        "en": "Meet the municipal services that work on international solidarity.",
        "fr": "Rencontrez les services communaux qui travaillent à la solidarité internationale.",
        "nl": "Ontmoet de gemeentelijke diensten die aan internationale solidariteit werken.",
    },
}
SUBJECTS = {
    "en": "Invitation to the annual conference",
    "fr": "Invitation à la conférence annuelle",
    "nl": "Uitnodiging voor de jaarlijkse conferentie",
}
RECAP = "Annual conference of 17 November 2022: recap"
RECAP_IN_FRENCH = "La conférence annuelle au Parlement bruxellois, 17 novembre 2022"
HOURS_BEFORE = "Two hours before"


def perform(play: Play) -> None:
    """From the programme to the archive."""
    prepare(play)
    invite(play)
    play.at("2022-10-20T10:30", "four weeks before, the members of both groups were invited")
    register(play)
    play.at("2022-11-17T18:00", "the day itself: no hour is known, so nothing was counted from one")
    play.at("2022-11-18T10:00", "the day after, the readers of the newsletter get a recap")
    recap(play)
    play.at("2022-11-18T11:00", "every reader has it")
    archive(play)
    play.show("over", play.stage.visitor().open(f"{PUBLIC}?lang=fr"))


def prepare(play: Play) -> None:
    """A room and a moderator for the panel, a picture with a text in each language, the registration."""
    play.say("the organiser completes the programme, adds a picture and opens the registration")
    organiser = play.stage.colleague()
    point = organiser.open(organiser.open(f"{STUDIO}/programme").link(SESSION))
    organiser.press(point, "room", room="Hemicycle")
    names = {f"names_{language}": MODERATOR for language in HEMICYCLE}
    organiser.press(organiser.open(f"{point.url}/speakers/new"), "part", part="moderator", **names)
    new = organiser.open(f"{STUDIO}/pictures/new")
    words = {f"alternative_texts_{language}": text for language, text in HEMICYCLE.items()}
    (picture,) = new.form_with("picture").boxes["picture"]
    organiser.press(new, "picture", picture=picture, captions_en=CAPTION, **words)
    organiser.press(organiser.open(f"{STUDIO}/registrations/form"), "capacity", is_open="y", keep_days="30")
    for language in HEMICYCLE:
        play.show(f"event in {language}", play.stage.visitor().open(f"{PUBLIC}?lang={language}"))


def invite(play: Play) -> None:
    """The invitation of a ready-made set for one group, a rule more for the other; hours have nothing to count from."""
    play.say("the organiser plans an invitation to each of the two groups, with other words")
    organiser = play.stage.colleague()
    organiser.press(organiser.open(f"{STUDIO}/mail"), "set", set="conference")
    rule = organiser.open(organiser.open(f"{STUDIO}/mail").link("Invitation"))
    offered = rule.form_with("people").options["people"]
    municipal, civil = offered["Municipal services"], offered["Civil society organisations"]
    rule = organiser.press(rule, "people", name=MUNICIPAL, people=municipal)
    written = write(organiser, organiser.open(rule.link("Read and change the text")), MUNICIPAL)
    organiser.press_at(rule, f"{rule.url}/on")
    new = organiser.open(f"{STUDIO}/mail/new")
    facts = {"name": CIVIL, "amount": "28", "unit": "days", "at_time": "10:00", "late_hours": "72", "people": civil}
    text = organiser.press(new, "people", **facts, without=[municipal.removeprefix("list:")])
    write(organiser, text, CIVIL, like=written)
    rule = organiser.open(organiser.open(f"{STUDIO}/mail").link(CIVIL))
    organiser.press_at(rule, f"{rule.url}/on")
    hours = {"name": HOURS_BEFORE, "amount": "2", "unit": "hours", "people": "group:registered", "late_hours": "1"}
    organiser.press(new, "people", **hours)
    play.show("planned", organiser.open(f"{STUDIO}/mail"), "Only the day is known.")


def write(organiser: Visitor, page: Page, name: str, like: str = "") -> str:
    """Put the words of an invitation before the blocks of the page's content file, or of one ``like`` it; the file."""
    file = json.loads(like or page.form_with("content").value("content"))
    for language, version in file["languages"].items():
        live = [block for block in version["blocks"] if "event" in block]
        shown = [{**live[0], "type": "event"}, {"type": "agenda", "event": live[0]["event"]}, live[-1]]
        words = {"type": "text", "markdown": TEXTS[name][language]}
        version |= {"subject": SUBJECTS[language], "blocks": [words, *shown]}
    text = json.dumps(file)
    organiser.press(page, "content", content=text)
    return text


def register(play: Play) -> None:
    play.say("Noor registers and confirms")
    who = play.stage.visitor()
    who.press(who.open(f"{PUBLIC}/register?lang=fr"), "email", email=NOOR, first_name="Noor")
    play.look()
    who.press(who.open(play.newest(NOOR, "/r/")))
    play.look()


def recap(play: Play) -> None:
    """The draft of the demonstration, sent as it is."""
    organiser = play.stage.colleague()
    mailing = organiser.open(organiser.open(f"/studio/{ORG}/mailings/").link(RECAP))
    send = organiser.open(mailing.url.rpartition("/")[0] + "/send")
    organiser.press(send, "when", when="now", hold=())


def archive(play: Play) -> None:
    play.say("the organiser shows the recap in the public archive, and nothing else")
    organiser = play.stage.colleague()
    sent = organiser.open(f"/studio/{ORG}/archive")
    organiser.press_at(sent, sent.actions("/show")[0])
    somebody = play.stage.visitor()
    listed = somebody.open(f"{ARCHIVE}?lang=fr")
    play.show("archive", listed)
    play.show("archived recap", somebody.open(listed.link(RECAP_IN_FRENCH)))
    play.show("feed", somebody.open(f"/{ORG}/archive.atom?lang=fr"))
    play.show("calendar feed", somebody.open(f"/{ORG}/events.ics?lang=fr"))


SCENARIO = Scenario(
    name="004",
    title="The Brussels platform invites to its annual conference, and tells how it was",
    org=ORG,
    zone="Europe/Brussels",
    begins="2022-10-10T10:00",
    perform=perform,
)
