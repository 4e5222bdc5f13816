"""001c, City of Brussels: an appeal for an adopted person, a reminder to those who have not acted, and the release.

The readers who follow the adopted people get the appeal. Two of them sign from the mail, and Sofie (French), who is on
no list, signs on the page and confirms. A week later only those who have not signed are reminded; one more signs.
Before the last day there is a last call. Then Loujain al-Hathloul is released: one press closes the appeal and its
petition, takes back what was planned, and brings the news to those who signed.

What is said about the person stands on the City's page; the demands and everybody who signs are made up.
"""

from __future__ import annotations

import re

from mobilize.demo.play import Play, Scenario
from mobilize.demo.visiting import Page, PageForm, Visitor

ORG, APPEAL, PETITION = "brussels", "loujain-al-hathloul-2021", "release-loujain"
PERSON, LIST = "Loujain al-Hathloul", "People in danger adopted by the City"
STUDIO = f"/studio/{ORG}/appeals/{APPEAL}"
PUBLIC, SIGN = f"/{ORG}/appeals/{APPEAL}", f"/{ORG}/act/{PETITION}"
SOFIE = "sofie@example.org"
LAUNCH, CHASER, LAST_CALL, LAST_DAY = "The appeal", "To those who have not acted", "Last call", "The last day"
TITLES = {"en": "Release Loujain al-Hathloul", "fr": "Libérez Loujain al-Hathloul"}
HAPPENED = {
    "en": "On 28 December 2020, she was sentenced to 5 years and 8 months in prison by a court specializing in "
    "anti-terrorism cases.",
    "fr": "Le 28 décembre 2020, elle a été condamnée à 5 ans et 8 mois de prison par un tribunal spécialisé dans les "
    "affaires de terrorisme.",
}
DEMANDS = {"en": "Release her", "fr": "Libérez-la"}
NEWS = {
    "en": "Loujain al-Hathloul was released on 10 February 2021. Thank you to everyone who acted.",
    "fr": "Loujain al-Hathloul a été libérée le 10 février 2021. Merci à toutes celles et tous ceux qui ont agi.",
}


def perform(play: Play) -> None:
    """From the draft to the day that would have been the last."""
    write(play)
    publish(play)
    plan(play)
    play.at("2021-01-18T10:15", "two readers sign from the mail, and Sofie on the page")
    first, second, *_others = readers(play, LAUNCH)
    play.show("recognised", play.stage.visitor().open(play.newest(first, "/a/")))
    sign_from_mail(play, first)
    sign_from_mail(play, second)
    sign_on_page(play)
    play.at("2021-01-25T10:30", "a week later, those who have not signed are reminded; one more signs")
    sign_from_mail(play, readers(play, CHASER)[0])
    play.at("2021-02-09T10:30", "three days before the last day: the last call")
    play.at("2021-02-10T15:00", "she is released: one press ends every ask and brings the news")
    release(play)
    look_at_pages(play, late=readers(play, LAST_CALL)[0])
    play.at("2021-02-12T10:30", "this would have been the last day: nobody is asked any more")


def readers(play: Play, name: str) -> list[str]:
    """Who got what a rule sent, in the order of their addresses."""
    return sorted(mail.to for mail in play.mails if mail.ledger.name == name)


def write(play: Play) -> None:
    """The appeal, and a petition about it."""
    play.say("the organiser writes an appeal with a petition")
    organiser = play.stage.colleague("campaigner")
    new = organiser.open(f"/studio/{ORG}/appeals/new")
    organiser.press(
        new,
        "defenders",
        slug=APPEAL,
        defenders=[new.form_with("defenders").options["defenders"][PERSON]],
        act_until="2021-02-12",
        **texts("titles", TITLES),
        **texts("happened", HAPPENED),
        **texts("demands", DEMANDS),
    )
    new = organiser.open(f"/studio/{ORG}/actions/new")
    about = next(ref for name, ref in new.form_with("about").options["about"].items() if TITLES["en"] in name)
    words = {**texts("titles", TITLES), **texts("asks", DEMANDS)}
    organiser.press(new, "about", slug=PETITION, about=about, shows="initials", **words)
    made = organiser.open(f"/studio/{ORG}/actions/{PETITION}")
    organiser.press_at(made, f"{made.url}/publish")


def publish(play: Play) -> None:
    """A second person approves what the first wrote; then it gets its number."""
    play.say("a second person approves the appeal, and it is published")
    approve(play)
    organiser = play.stage.colleague("campaigner")
    page = organiser.open(f"{STUDIO}/review")
    play.show("published", organiser.press_at(page, f"{STUDIO}/review/publish"), "UA 4/2021")


def approve(play: Play) -> None:
    writer, second = play.stage.colleague("campaigner"), play.stage.colleague("owner")
    writer.press_at(writer.open(f"{STUDIO}/review"), f"{STUDIO}/review/ask")
    second.press_at(second.open(f"{STUDIO}/review"), f"{STUDIO}/review/approve")


def plan(play: Play) -> None:
    """A ready-made set of rules for the readers of one list; the appeal itself leaves with a press on their number."""
    play.say("the organiser sends the appeal and plans the reminders")
    organiser = play.stage.colleague("campaigner")
    organiser.press(organiser.open(f"{STUDIO}/mail"), "set", set="appeal")
    for name in (LAUNCH, CHASER, LAST_CALL, LAST_DAY):
        rule = organiser.open(organiser.open(f"{STUDIO}/mail").link(name))
        chosen = rule.form_to(rule.url).options["people"][LIST]
        rule = organiser.press_at(rule, rule.url, people=chosen)
        organiser.press_at(rule, f"{rule.url}/on", **on_number(rule))


def on_number(rule: Page) -> dict[str, str]:
    """The number that a page names where what it switches on leaves at once."""
    named = re.search(r"it is sent at once, to ([\d,]+) people", rule.words)
    return {"people": named[1].replace(",", "")} if named else {}


def sign_from_mail(play: Play, reader: str) -> None:
    """One press on the reader's own link."""
    who = play.stage.visitor()
    page = who.open(play.newest(reader, "/a/"))
    who.press_at(page, page.url, **initials(page.form_to(page.url), reader))
    play.look()


def sign_on_page(play: Play) -> None:
    who = play.stage.visitor()
    page = who.open(f"{SIGN}?lang=fr")
    who.press(page, "email", email=SOFIE, country="BE", **initials(page.form_with("email"), SOFIE))
    play.look()
    who.press(who.open(play.newest(SOFIE, "/a/confirm/")))
    play.look()


def initials(form: PageForm, address: str) -> dict[str, str]:
    """What the target sees of the person, where it is not known."""
    return {"initials": f"{address[0].upper()}."} if "initials" in form.names else {}


def release(play: Play) -> None:
    """How it ended, approved by a second person; what that does, and the press."""
    organiser = play.stage.colleague("campaigner")
    ending = organiser.open(f"{STUDIO}/ending")
    organiser.press(ending, "outcome", outcome="released", **texts("news", NEWS))
    approve(play)
    asked = organiser.open(f"{STUDIO}/becomes/closed")
    play.show("what will happen", asked)
    organiser.press(asked, "seen")
    play.look()


def look_at_pages(play: Play, late: str) -> None:
    """The appeal and the petition as visitors see them now, and a link that was mailed before."""
    somebody: Visitor = play.stage.visitor()
    for language in NEWS:
        play.show(f"appeal in {language}", somebody.open(f"{PUBLIC}?lang={language}"), NEWS[language])
    play.show("petition", somebody.open(f"{SIGN}?lang=en"))
    play.show("late link", somebody.open(play.newest(late, "/a/")))


def texts(name: str, words: dict[str, str]) -> dict[str, str]:
    """The fields of a text in several languages."""
    return {f"{name}_{language}": text for language, text in words.items()}


SCENARIO = Scenario(
    name="001c",
    title="The City of Brussels appeals for an adopted person, who is released",
    org=ORG,
    zone="Europe/Brussels",
    begins="2021-01-18T10:00",
    perform=perform,
)
