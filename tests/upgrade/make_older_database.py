"""Makes the stored older database, with the code of the revision before the first migration after ``0001``.

    git worktree add /tmp/older 4af5ae1
    cd /tmp/older && PYTHONPATH=. python <this file> <tests/upgrade/older of the current tree>

Everything in it was done by that revision's own services, pages and workers; all addresses are of example domains.
Written are the rows of every table, one a line (``rows.jsonl``), the keys, and the links of the mails that went out.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from enum import Enum
from pathlib import Path
from typing import Any

import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize import bootstrap
from mobilize.accounts import colleagues
from mobilize.accounts import service as accounts
from mobilize.app import create_app
from mobilize.core import clock, db, startup
from mobilize.core.db import Base, session
from mobilize.core.permissions import OrganisationRef, Role
from mobilize.core.settings import Settings, load
from mobilize.delivery import links
from mobilize.delivery.bounces import service as bounces
from mobilize.delivery.bounces.reading import read_report
from mobilize.delivery.models import Recipient, RecipientKind, Stream, SuppressionReason
from mobilize.delivery.outgoing.trial import send_trial
from mobilize.delivery.rates.service import change_rates
from mobilize.delivery.recipients import contact_of, find_or_create_recipient, find_recipient
from mobilize.delivery.smtp.transport import Accepted, Deferred, Lost, Outgoing, Phase, Rejected, Result
from mobilize.delivery.suppression.listing import hold_back
from mobilize.delivery.suppression.service import suppress
from mobilize.mailings import service as mailings
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.queries import mailing_anywhere
from mobilize.organisations import service as organisations
from mobilize.organisations.queries import brand
from mobilize.organisations.signing_keys import make_dkim_key
from mobilize.signup import challenges
from mobilize.signup.service import FormFacts, create_form
from mobilize.subscribers import service as subscribers
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.importing import import_file
from mobilize.subscribers.queries import lists as all_lists
from tests.conftest import redis_binary
from tests.delivery.engine_world import FakeTransport, drain
from tests.delivery.returned_mail import HARD, SOFT, mail
from tests.signup.visiting import fill_in, press

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BASE = "https://mobilize.example.org"
SHARED = "sarah@example.org"
"""One mailbox as subscriber, colleague and guest."""
PEOPLE = """email,first_name,last_name,language
amina@example.org,Amina,Benali,fr
bram@example.org,Bram,de Wit,nl
carla@example.org,Carla,Conti,en
dina@example.org,Dina,Haddad,ar
emil@example.org,Emil,Novak,en
fatima@example.org,Fatima,Zahra,ar
gerrit@example.org,Gerrit,Bakker,nl
hanna@example.org,Hanna,Lind,en
sarah@example.org,Sarah,Peeters,en
"""
CONTENT = {
    "sender": {"name": "City of peace", "address": "news@peace.example.org"},
    "languages": {
        "en": {
            "subject": "Peace for {{first_name|you}}",
            "preheader": "Two weeks",
            "blocks": [
                {"type": "heading", "text": "Two weeks of peace"},
                {"type": "text", "markdown": "Dear {{first_name|friend}}, [programme](https://example.org/programme)"},
                {"type": "button", "text": "Read it", "url": "https://example.org/read"},
                {"type": "quote", "text": "Nobody is free alone.", "by": "A reader"},
                {"type": "divider"},
                {"type": "links", "title": "More", "items": [{"text": "News", "url": "https://example.org/news"}]},
            ],
        },
        "fr": {
            "subject": "La paix",
            "preheader": "",
            "blocks": [{"type": "text", "markdown": "Cher {{first_name|ami}}, [lire](https://example.org/lire)"}],
        },
    },
}


def main(target: Path) -> None:
    """Make an installation, live in it for two days, write it down."""
    folder = Path(tempfile.mkdtemp())
    redis = subprocess.Popen(
        [redis_binary(), "--port", "0", "--unixsocket", str(folder / "redis"), "--save", ""], stdout=subprocess.DEVNULL
    )
    while not (folder / "redis").exists():
        time.sleep(0.01)
    environ = {
        "MOBILIZE_DATA_DIR": str(folder),
        "MOBILIZE_REDIS_URL": f"unix://{folder}/redis",
        "MOBILIZE_BASE_URL": BASE,
        "MOBILIZE_SMTP_URL": "smtp://127.0.0.1:9?starttls=off",
        "MOBILIZE_BOUNCES": "lmtp://127.0.0.1:2424",
        "MOBILIZE_LEAVE_DOMAIN": "leave.example.org",
    }
    settings = load(environ)
    try:
        with time_machine.travel(NOW):
            bootstrap.prepare(settings)
            startup.connect(settings)
            kept = live(settings, folder)
        write(target, settings, kept)
    finally:
        redis.terminate()
        redis.wait()
        shutil.rmtree(folder)


def live(settings: Settings, folder: Path) -> dict[str, Any]:
    """Two days of an organisation; the links of its mails, and what a test has to know."""
    app = create_app(settings)
    app.config["OWN_HOSTS"] = frozenset({"localhost"})
    client = app.test_client()
    house, other, lists = found(folder)
    sign_up(client, house)
    transport = FakeTransport()
    drain(transport, Stream.TRANSACTIONAL)
    confirm_path = link_in(transport, "confirmed@example.org", "/c/")
    assert press(client, confirm_path, action="confirm").status_code < 400
    mailing_days(client, house, lists, transport)
    staff(house, other)
    drain(transport, Stream.TRANSACTIONAL)
    waiting_mail(house)
    return {"now": clock.now().isoformat(), "links": all_links(transport), **facts(house, lists)}


def found(folder: Path) -> tuple[OrganisationRef, OrganisationRef, dict[str, int]]:
    """Two organisations; the first with lists, a form, keys, limits, and people who were imported."""
    with db.writing():
        told = organisations.Facts(
            name="City of peace", default_language="en", languages=("en", "fr", "nl", "ar"), timezone="Europe/Brussels"
        )
        house = organisations.create_organisation("peace", told, sender_address="news@peace.example.org")
        other = organisations.create_organisation("other", told, sender_address="news@other.example.org")
        news = subscribers.create_list(house.id, "newsletter", {"en": "Newsletter", "fr": "Lettre"})
        urgent = subscribers.create_list(house.id, "urgent", {"en": "Urgent actions"})
        press_list = subscribers.create_list(house.id, "press", {"en": "Press"}, is_public=False)
        create_form(
            house.id,
            "subscribe",
            FormFacts(
                wording={"en": "I agree to receive this.", "fr": "J’accepte de recevoir ceci."},
                list_ids=[news.id, urgent.id],
                titles={"en": "Stay informed"},
                asks_last_name=True,
            ),
        )
        change_rates(house.id, house.uid, {"": 50.0})
    with db.writing():
        make_dkim_key(house.id, "peace.example.org")
    with db.reading():
        city = brand(house.id)
    file = folder / "people.csv"
    file.write_text(PEOPLE)
    import_file(file, city, "newsletter", "They agreed at the fair")
    with db.writing():
        for address in ("amina@example.org", "bram@example.org", SHARED):
            subscribers.subscribe(person(house, address).id, [urgent.id], Evidence("staff", "On the phone"))
        guest = find_or_create_recipient(house.id, house.uid, RecipientKind.GUEST, SHARED, "en", "Sarah", "Peeters")
        assert guest.id
    return house, other, {"newsletter": news.id, "urgent": urgent.id, "press": press_list.id}


def sign_up(client: FlaskClient, house: OrganisationRef) -> None:
    """One who will confirm, and one who has not yet."""
    challenges.ROUNDS = 10
    page = "/peace/subscribe"
    with db.reading():
        uids = [row.uid for row in all_lists(house.id) if row.slug == "newsletter"]
    for address in ("confirmed@example.org", "waiting@example.org"):
        answer = fill_in(client, page, email=address, first_name="New", last_name="Reader", lists=uids)
        assert answer.status_code == 303, answer.text


def mailing_days(client: FlaskClient, house: OrganisationRef, lists: dict[str, int], transport: FakeTransport) -> None:
    """A mailing that went out, one that waits half-way, a paused, a cancelled and a scheduled one, and a draft."""
    first = mailing(house, "Sent", [lists["newsletter"], lists["urgent"]])

    def first_answer(one: Outgoing) -> Result:
        if one.recipient == "emil@example.org":
            return Lost(one.key, Phase.DOT, "connection lost")
        if one.recipient == "gerrit@example.org":
            return Rejected(one.key, Phase.RCPT, 554, "5.7.1", "refused")
        return Accepted(one.key)

    transport.answer = first_answer
    send(first)
    drain(transport)
    by_person = {one.recipient: one for one in transport.sent}
    for address, name in (("hanna@example.org", HARD), ("bram@example.org", SOFT)):
        with db.writing():
            bounces.record(by_person[address].sender, read_report(mail(name)), clock.now())
    assert client.get(link_in(transport, "carla@example.org", "/l/")).status_code == 302
    with db.writing():
        links.flush_clicks()
    leave = link_in(transport, "dina@example.org", "/u/")
    assert client.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with db.writing():
        hold_back(house, "fatima@example.org", "Asked by letter")
        suppress(house.id, person(house, "gerrit@example.org").address_index, SuppressionReason.COMPLAINT, "arf")
    waiting = mailing(house, "Half-way", [lists["newsletter"]])
    send(waiting)
    sent = len(transport.sent)

    def two_and_no_more(one: Outgoing) -> Result:
        taken = len(transport.sent) <= sent + 2
        return Accepted(one.key) if taken else Deferred(one.key, Phase.RCPT, 451, "4.7.1", "later")

    transport.answer = two_and_no_more
    drain(transport, stop=lambda: len(transport.sent) >= sent + 3, window=1)
    transport.answer = lambda one: Accepted(one.key)
    paused = mailing(house, "Paused", [lists["urgent"]])
    send(paused)
    with db.writing():
        mailings.pause(mailing_anywhere(paused))
    cancelled = mailing(house, "Cancelled", [lists["newsletter"]])
    send(cancelled)
    with db.writing():
        mailings.cancel(mailing_anywhere(cancelled))
    scheduled = mailing(house, "Scheduled", [lists["newsletter"]])
    with db.writing():
        mailings.send_mailing(mailing_anywhere(scheduled), at=NOW + timedelta(days=30), zone="Europe/Brussels")
    mailing(house, "Draft", [lists["press"]])


def staff(house: OrganisationRef, other: OrganisationRef) -> None:
    """An owner who subscribes too, a colleague of both organisations, one who forgot their password, an invitation."""
    with db.writing():
        owner = accounts.create_user(SHARED, "correct horse battery staple", name="Sarah", language="en")
        accounts.add_member(owner, house.id, Role.OWNER)
        colleague = accounts.create_user("colleague@example.org", "correct horse battery staple", name="Jan")
        accounts.add_member(colleague, house.id, Role.CAMPAIGNER)
        accounts.add_member(colleague, other.id, Role.VIEWER)
    with db.writing():
        accounts.request_reset("colleague@example.org")
    with db.writing():
        colleagues.invite(house.id, "invited@example.org", Role.VIEWER, invited_by_id=None, language="fr")
    with db.writing():
        subscribers.mail_fresh_link(house, person(house, "carla@example.org"))


def waiting_mail(house: OrganisationRef) -> None:
    """A reset and a fresh link that no worker has rendered yet, and a mail to oneself."""
    with db.writing():
        accounts.request_reset(SHARED)
        subscribers.mail_fresh_link(house, person(house, SHARED))
    with db.writing():
        send_trial(house, SHARED, "en")


def mailing(house: OrganisationRef, name: str, list_ids: list[int]) -> str:
    with db.writing():
        text = parse_content_file(json.dumps({"name": name, **CONTENT}))
        return mailings.create_mailing(house.id, text, list_ids).uid


def send(uid: str) -> None:
    with db.writing():
        mailings.send_mailing(mailing_anywhere(uid))
    launch_due(clock.now(), demonstration=False)


def person(house: OrganisationRef, address: str) -> Recipient:
    found = find_recipient(house.id, house.uid, RecipientKind.SUBSCRIBER, address)
    assert found is not None, address
    return found


def facts(house: OrganisationRef, lists: dict[str, int]) -> dict[str, Any]:
    """Ids by address and by slug."""
    with db.reading():
        wanted = select(Recipient).where(Recipient.kind == RecipientKind.SUBSCRIBER).order_by(Recipient.id)
        people = {contact_of(row).email: row.id for row in session.scalars(wanted)}
    return {"organisation": house.id, "lists": lists, "people": people}


def all_links(transport: FakeTransport) -> list[dict[str, str]]:
    """Recipient, kind and path (or address) of every personal link that went out."""
    found = []
    for one in transport.sent:
        text = plain(one.message)
        paths = sorted(set(re.findall(rf"{BASE}(/(?:c|p|u|l|studio/invitation|studio/reset)/[A-Za-z0-9_-]+)", text)))
        found += [{"to": one.recipient, "path": path} for path in paths]
        leave = re.search(r"mailto:(leave\+[0-9a-f]+@leave\.example\.org)", text)
        if leave:
            found.append({"to": one.recipient, "leave": leave[1]})
        found.append({"to": one.recipient, "return_path": one.sender})
    return found


def link_in(transport: FakeTransport, address: str, kind: str) -> str:
    texts = [plain(one.message) for one in transport.sent if one.recipient == address]
    return re.findall(rf"{BASE}({kind}[A-Za-z0-9_-]+)", texts[-1])[0]


def plain(message: bytes) -> str:
    """The headers and every part of a mail, decoded."""
    parsed = message_from_bytes(message, policy=policy.default)
    headers = "\n".join(f"{name}: {value}" for name, value in parsed.items())
    parts = [part.get_content() for part in parsed.walk() if part.get_content_maintype() == "text"]
    return "\n".join([headers, *parts])


def write(target: Path, settings: Settings, kept: dict[str, Any]) -> None:
    """Rows, keys and links, in files that a difference can be read in."""
    target.mkdir(parents=True, exist_ok=True)
    with db.reading(), (target / "rows.jsonl").open("w") as file:
        for table in Base.metadata.sorted_tables:
            stored = [column for column in table.columns if column.computed is None]
            for row in session.execute(select(*stored).order_by(*table.primary_key)).mappings():
                line = {"table": table.name, "row": {name: neutral(value) for name, value in row.items()}}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    (target / "links.json").write_text(json.dumps(kept, indent=1) + "\n")
    shutil.copytree(settings.keys_dir, target / "keys", dirs_exist_ok=True)


def neutral(value: Any) -> Any:
    """The same for every database: octets in base64, moments in ISO 8601, names of states."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


if __name__ == "__main__":
    main(Path(sys.argv[1]))
