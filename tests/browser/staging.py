"""What the demonstration does not have by itself, made as people make it: mails of every kind, with links that work."""

from __future__ import annotations

import smtplib
from datetime import date, timedelta

from sqlalchemy import select

from mobilize.actions.models import Act, CallToAction
from mobilize.actions.purposes import ACT, OWN
from mobilize.core import crypto, db, startup
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from mobilize.core.tokens import mint
from mobilize.demo.accounts import Account, known_accounts
from tests.browser.client import Answer, Client
from tests.browser.mailbox import Mailbox, until
from tests.signup.visiting import answer_to

WAITING = "visitor@example.org"
"""Signed up and has not confirmed yet."""
CONFIRMED = "reader@example.org"
"""Reads one list that no mailing of the tests goes to; has a welcome and a link to their own page."""
MEMBER = "member@example.org"
"""Has a fresh link too, and does nothing with it: leaving, which other tests have `CONFIRMED` do, ends such links."""
UNSUBSCRIBED = "left@example.org"
"""Unsubscribed a moment ago; the address of the page that followed is in a mail to them that we put into the inbox."""
INVITED = "colleague@example.org"
OPEN_EVENT = "evening"
REGISTRANT = "registrant@example.org"
"""Asked for a seat and has not confirmed yet."""
GUEST = "guest@example.org"
"""Is registered for the event."""
CHANGER = "changer@example.org"
"""Is registered too, and has a fresh link to their registration."""
SIGNER = "signer@example.org"
"""Signed a petition; has their own links, to sign another one and to stop mail."""
UNSURE = "unsure@example.org"
"""Signed the petition and has not confirmed yet."""
PETITION, DRAFT_PETITION = "open-the-square", "draft-petition"
QUIET_LIST = "Call for projects"
SECOND_PLACE = "nhc"


def account(settings: Settings, organisation: str, role: Role = Role.OWNER) -> Account:
    """One of the demonstration's accounts."""
    return next(one for one in known_accounts(settings) if (one.organisation, one.role) == (organisation, role))


def stage_mails(base: str, settings: Settings, organisation: str) -> None:
    """A sign-up that waits, a reader with a fresh link, an invitation, a reset, a draft of an event.

    The organisation's owner works in a second one too.
    """
    mailbox, owner = Mailbox(base), account(settings, organisation)
    sign_up(base, organisation, UNSUBSCRIBED, "Maya", lists=[QUIET_LIST])
    unsubscribe(base, settings, mailbox, UNSUBSCRIBED)
    mailbox.wait_for(UNSUBSCRIBED, "/u/left/")
    sign_up(base, organisation, WAITING, "Amina")
    sign_up(base, organisation, CONFIRMED, "Jonas", lists=[QUIET_LIST])
    _work_elsewhere(base, settings, owner)
    invite(base, owner, INVITED)
    draft_event(base, owner)
    draft_appeal(base, owner)
    open_event(base, owner)
    for address in (GUEST, REGISTRANT, CHANGER):
        register(base, f"/{organisation}/events/{OPEN_EVENT}", address)
    for address in (GUEST, CHANGER):
        confirm(base, mailbox.wait_for(address, "/r/").links("/r/")[0])
    mailbox.wait_for(GUEST, "/g/")
    ask_for_link(base, mailbox.wait_for(CHANGER, "/g/").links("/g/")[0])
    mailbox.wait_for(CHANGER, "/g/change/")
    mailbox.wait_for(REGISTRANT, "/r/")
    forgotten(base, owner.address)
    confirm(base, mailbox.wait_for(CONFIRMED, "/c/").links("/c/")[0])
    welcome = mailbox.wait_for(CONFIRMED, "/p/")
    ask_for_link(base, welcome.links("/p/")[0])
    mailbox.wait_for(CONFIRMED, "/p/", older=(welcome,))
    sign_up_with_proof(base, organisation, MEMBER)
    confirm(base, mailbox.wait_for(MEMBER, "/c/").links("/c/")[0])
    welcome = mailbox.wait_for(MEMBER, "/p/")
    ask_for_link(base, welcome.links("/p/")[0])
    mailbox.wait_for(MEMBER, "/p/", older=(welcome,))
    _sign_petitions(base, settings, mailbox, owner)
    for address, start in ((WAITING, "/c/"), (INVITED, "/studio/invitation/"), (owner.address, "/studio/reset/")):
        mailbox.wait_for(address, start)


def sign_up(base: str, organisation: str, address: str, name: str, lists: list[str] | None = None) -> Answer:
    """Ask to be subscribed, without scripts: the form, then one more press; every list unless some are named."""
    client = Client(base)
    page = client.get(f"/{organisation}/subscribe")
    boxes = page.document.xpath("//input[@name='lists']")
    names = {box.get("value"): box.label.text_content().strip() for box in boxes}
    chosen = [value for value, words in names.items() if lists is None or words in lists]
    second = client.press(page, "email", email=address, first_name=name, lists=chosen)
    return until(lambda: _pressed(client, second), "the answer to the second press")


def sign_up_with_proof(base: str, organisation: str, address: str) -> Answer:
    """Ask to be subscribed to one list, with a worked challenge as a script would."""
    client = Client(base)
    page = client.get(f"/{organisation}/subscribe")
    boxes = page.document.xpath("//input[@name='lists']")
    chosen = [box.get("value") for box in boxes if box.label.text_content().strip() == QUIET_LIST]
    return client.press(page, "email", email=address, lists=chosen, proof=answer_to(page.text))


def confirm(base: str, link: str) -> Answer:
    client = Client(base)
    return client.press(client.get(link))


def ask_for_link(base: str, link: str) -> Answer:
    """Have a fresh link to one's own page mailed, from the page of a link that is none."""
    client = Client(base)
    return client.press(client.get(link), "press", press="mail")


def unsubscribe(base: str, settings: Settings, mailbox: Mailbox, address: str) -> None:
    """Confirm, leave everything, and keep the address of the page that follows where other tests find it."""
    client = Client(base)
    confirm(base, mailbox.wait_for(address, "/c/").links("/c/")[0])
    link = mailbox.wait_for(address, "/u/").links("/u/")[0]
    answer = client.press(client.get(link))
    with smtplib.SMTP("127.0.0.1", settings.inbox_smtp_port) as inbox:
        inbox.sendmail("nobody@example.org", address, f"Subject: What followed\r\n\r\n{answer.url.split('?')[0]}\r\n")


def forgotten(base: str, address: str) -> Answer:
    """Have a link for a new password mailed."""
    client = Client(base)
    return client.press(client.get("/studio/forgotten"), "email", email=address)


def invite(base: str, owner: Account, address: str) -> Answer:
    """Offer an address a role in the organisation of its owner."""
    client = Client(base)
    client.sign_in(owner.address, owner.password)
    return client.press(client.get(f"/studio/{owner.organisation}/settings/people"), "email", email=address)


def draft_event(base: str, owner: Account) -> None:
    """An event that is not published, with one point in its programme, a speaker and a picture."""
    client, calendar = Client(base), f"/studio/{owner.organisation}/calendar"
    client.sign_in(owner.address, owner.password)
    client.press(client.get(f"{calendar}/new"), "slug", slug="draft", titles_en="A debate", first_day="2026-03-02")
    client.press(client.get(f"{calendar}/draft/programme/new"), "room", titles_en="Welcome", start="18:00")
    (point,) = client.get(f"{calendar}/draft/programme").document.xpath("//main//tbody//th/a/@href")
    speaker = {"names_en": "Amina Benali", "functions_en": "director", "organisations_en": "An association"}
    client.press(client.get(f"{point}/speakers/new"), "names_en", part="moderator", **speaker)
    offered = client.get(f"{calendar}/draft/pictures/new")
    chosen = offered.document.xpath("//input[@name='picture']/@value")[0]
    client.press(offered, "picture", picture=chosen, alternative_texts_en="Rows of seats", captions_en="The room")


def open_event(base: str, owner: Account) -> None:
    """A published event a month from now, for which people can register."""
    client, event = Client(base), f"/studio/{owner.organisation}/calendar/{OPEN_EVENT}"
    client.sign_in(owner.address, owner.password)
    day = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - any day that is not over anywhere
    client.press(
        client.get(f"/studio/{owner.organisation}/calendar/new"),
        "slug",
        slug=OPEN_EVENT,
        titles_en="An evening of questions",
        first_day=day,
        start="19:00",
    )
    client.press(client.get(f"{event}/programme/new"), "room", titles_en="Welcome", start="19:00", room="Hall")
    forms = f"{event}/registrations"
    client.press(client.get(f"{forms}/form"), "capacity", capacity="40")
    client.press(client.get(f"{forms}/questions/new?kind=short-text"), "labels_en", labels_en="Diet")
    group = {"slug": "members", "names_en": "Members", "introductions_en": "For our members."}
    client.press(client.get(f"{forms}/groups/new"), "slug", **group)
    client.press(client.get(f"{forms}/door"), "label", label="Main entrance")
    token = client.get(event).document.xpath("//form[contains(@action, '/publish')]//input[@name='form_token']")[0]
    client.post(f"{event}/publish", {"form_token": str(token.get("value"))})
    client.press(client.get(f"{event}/mail"), "set", set="conference")


def draft_appeal(base: str, owner: Account) -> None:
    """An appeal that nobody has approved."""
    client = Client(base)
    client.sign_in(owner.address, owner.password)
    page = client.get(f"/studio/{owner.organisation}/appeals/new")
    client.press(page, "slug", slug="draft-appeal", titles_en="A draft of an appeal")


def register(base: str, event: str, address: str) -> Answer:
    """Ask for a seat with a worked challenge: without one, few presses an hour count from one network."""
    client = Client(base)
    page = client.get(f"{event}/register")
    return client.press(page, "email", email=address, proof=answer_to(page.text))


def petitions(base: str, owner: Account) -> None:
    """A draft, a petition that nobody has signed, and one that people sign."""
    client, actions = Client(base), f"/studio/{owner.organisation}/actions"
    client.sign_in(owner.address, owner.password)
    for slug in (DRAFT_PETITION, "close-the-road", PETITION):
        texts = {"titles_en": slug.replace("-", " ").capitalize(), "asks_en": "Please do this.", "goal": "500"}
        client.press(client.get(f"{actions}/new"), "slug", slug=slug, shows="initials", **texts)
        if slug != DRAFT_PETITION:
            page = client.get(f"{actions}/{slug}").document
            token = page.xpath("//form[contains(@action, '/publish')]//input[@name='form_token']")[0]
            client.post(f"{actions}/{slug}/publish", {"form_token": str(token.get("value"))})


def sign(base: str, organisation: str, address: str) -> Answer:
    """Sign a petition with a worked challenge."""
    client = Client(base)
    page = client.get(f"/{organisation}/act/{PETITION}")
    return client.press(page, "email", email=address, initials="A. B.", country="BE", proof=answer_to(page.text))


def _sign_petitions(base: str, settings: Settings, mailbox: Mailbox, owner: Account) -> None:
    """Somebody has signed, somebody else has not confirmed; and a mail holds the links that a mailing would."""
    petitions(base, owner)
    for address in (SIGNER, UNSURE):
        sign(base, owner.organisation, address)
    confirm(base, mailbox.wait_for(SIGNER, "/a/confirm/").links("/a/confirm/")[0])
    mailbox.wait_for(UNSURE, "/a/confirm/")
    startup.connect(settings)
    with db.reading():
        act = session.scalars(select(Act)).one()
        other = session.scalars(select(CallToAction).where(CallToAction.slug == "close-the-road")).one()
        links = [f"{base}/a/{mint(ACT, act.recipient_id or 0, other.id)}", f"{base}/a/own/{mint(OWN, act.id)}"]
    db.disconnect()
    crypto.use(None)
    with smtplib.SMTP("127.0.0.1", settings.inbox_smtp_port) as inbox:
        # The inbox finds every address that holds what is asked for, and pages open the newest.
        for link, to in zip(links, (f"to-{SIGNER}", SIGNER), strict=True):
            inbox.sendmail("nobody@example.org", to, f"Subject: Yours\r\n\r\n{link}\r\n")
    mailbox.wait_for(SIGNER, "/a/own/")


def _work_elsewhere(base: str, settings: Settings, guest: Account) -> None:
    """Give an account a role in a second organisation too."""
    invite(base, account(settings, SECOND_PLACE), guest.address)
    link = Mailbox(base).wait_for(guest.address, "/studio/invitation/").links("/studio/invitation/")[0]
    client = Client(base)
    client.press(client.get(link), "password", password=guest.password)


def _pressed(client: Client, page: Answer) -> Answer | None:
    """The page that says to look into the mailbox; it takes two seconds until a press counts."""
    answer = client.press(page, "press")
    return answer if answer.url.split("?")[0].endswith("/sent") else None
