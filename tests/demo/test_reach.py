"""The demonstration's accounts and mailings stay on this machine: each setting that leaves it closes them."""

import re
import stat
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from mobilize import tick
from mobilize.accounts.models import User
from mobilize.accounts.tick_steps import send_requested_mails
from mobilize.app import create_app
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery, DeliveryState, Message, MessageState
from mobilize.demo import service
from mobilize.demo.accounts import ROLES, Account, accounts_file, known_accounts
from mobilize.mailings.launch import launch_due
from mobilize.mailings.models import Mailing, MailingState
from mobilize.schedules.models import Occurrence

OPEN = "http://127.0.0.1:8000"
OUTSIDE = {
    "bound to all addresses": {"bind": "0.0.0.0:8000"},
    "bound to a network": {"bind": "192.0.2.7:8000"},
    "named to the world": {"base_url": "https://news.example.org"},
    "with a mail server": {"smtp_url": "smtp://mail.example.org"},
}
each_way_out = pytest.mark.parametrize("changes", OUTSIDE.values(), ids=OUTSIDE)


def client_of(settings: Settings) -> FlaskClient:
    return create_app(settings).test_client()


def log_in(client: FlaskClient, account: Account, base_url: str = OPEN) -> TestResponse:
    """Through the form, as a person would."""
    return submit(client, "/studio/login", base_url, email=account.address, password=account.password)


def submit(client: FlaskClient, path: str, base_url: str = OPEN, **typed: str) -> TestResponse:
    """Open a page with a form, fill it in and press its button."""
    token = re.search(r'name="form_token"[^>]*value="([^"]+)"', client.get(path, base_url=base_url).text)
    return client.post(path, base_url=base_url, data={**typed, "form_token": token[1] if token else ""})


def mailing_of(slug: str) -> Mailing:
    """The newsletter that the demonstration made for an organisation."""
    row = session.scalars(select(Mailing).where(Mailing.sender_address == f"news@{slug}.example.org"))
    return row.one()


def armed() -> list[datetime]:
    """When the mailings that wait for their moment are due."""
    with db.reading():
        due = session.scalars(select(Mailing.send_at).where(Mailing.state == MailingState.SCHEDULED))
        return [moment for moment in due if moment]


def deliveries(state: DeliveryState) -> int | None:
    with db.reading():
        return session.scalar(select(func.count()).where(Delivery.state == state))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_logs_in_on_this_machine(demonstration: Settings, role: Role) -> None:
    """The printed password opens the studio of its organisation, and of no other."""
    account = next(one for one in known_accounts(demonstration) if (one.organisation, one.role) == ("nhc", role))
    client = client_of(demonstration)
    assert log_in(client, account).status_code == 303
    assert client.get("/studio/nhc/", base_url=OPEN).status_code == 200
    assert client.get("/studio/brussels/", base_url=OPEN).status_code == 404


@each_way_out
def test_accounts_are_closed_as_soon_as_others_could_come(demonstration: Settings, changes: dict[str, str]) -> None:
    """The right password is refused like a wrong one, and nothing prints it again."""
    account = known_accounts(demonstration)[0]
    outside = replace(demonstration, **changes)
    answer = log_in(client_of(outside), account, changes.get("base_url", OPEN))
    assert answer.status_code == 422
    assert "Wrong email address or password" in answer.text
    assert known_accounts(outside) == ()
    assert service.prepare_serving(outside) == []


@each_way_out
def test_an_open_session_closes_too(demonstration: Settings, changes: dict[str, str]) -> None:
    """A browser that logged in before the setting was changed is logged out by it."""
    client = client_of(demonstration)
    assert log_in(client, known_accounts(demonstration)[0]).status_code == 303
    cookie = client.get_cookie("mobilize", domain="127.0.0.1")
    assert cookie is not None
    base_url = changes.get("base_url", OPEN)
    name = "__Host-mobilize" if base_url.startswith("https") else "mobilize"
    later = client_of(replace(demonstration, **changes))
    answer = later.get("/studio/kazerne-dossin/", base_url=base_url, headers={"Cookie": f"{name}={cookie.value}"})
    assert answer.status_code in {303, 404}


@pytest.mark.parametrize(
    ("smtp_url", "mails"), [(None, 1), ("smtp://mail.example.org", 0)], ids=["inbox", "a mail server"]
)
def test_a_reset_is_mailed_into_the_inbox_only(demonstration: Settings, smtp_url: str | None, mails: int) -> None:
    """Who asks for a new password of a demonstration account gets the usual answer, and elsewhere no mail leaves."""
    settings = replace(demonstration, smtp_url=smtp_url)
    answer = submit(client_of(settings), "/studio/forgotten", email=known_accounts(demonstration)[0].address)
    assert answer.status_code == 200
    send_requested_mails(clock.now(), settings)
    assert deliveries(DeliveryState.PENDING) == mails


@pytest.mark.parametrize("host", ["http://news.example.org", "http://192.0.2.7:8000"])
def test_another_host_name_opens_nothing(demonstration: Settings, host: str) -> None:
    """A name that an outsider pointed at this machine is refused (DNS rebinding)."""
    answer = log_in(client_of(demonstration), known_accounts(demonstration)[0], host)
    assert answer.status_code in {400, 422}


def test_no_accounts_are_made_where_others_could_come(installation: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading on such an installation makes the organisations, but no user and no file of passwords."""
    monkeypatch.setattr(service, "ORGANISATIONS", ("leidenasiacentre",))
    for changes in OUTSIDE.values():
        assert service.load(replace(installation, **changes)) == ()
    assert not accounts_file(installation).exists()
    with db.reading():
        assert session.scalar(select(func.count()).select_from(User)) == 0


def test_passwords_are_kept_for_this_user_only(demonstration: Settings) -> None:
    """The file is readable by its owner alone, and a restart prints what stands in it."""
    path = accounts_file(demonstration)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = service.prepare_serving(demonstration)
    for account in known_accounts(demonstration):
        assert any(account.address in line and account.password in line for line in lines)
    assert len({account.password for account in known_accounts(demonstration)}) == 15


def test_passwords_are_stored_as_hashes(demonstration: Settings) -> None:
    """No password stands in the database."""
    with db.reading():
        hashes = session.scalars(select(User.password_hash)).all()
    assert all(one.startswith("$argon2id$") for one in hashes)
    assert not {account.password for account in known_accounts(demonstration)} & set(hashes)


def test_a_lost_password_is_replaced(demonstration: Settings) -> None:
    """Loading again gives a new one where the file lacks it; the old one stops working, the others stay."""
    old, *others = known_accounts(demonstration)
    path = accounts_file(demonstration)
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if old.address not in line))
    new, *kept = service.load(demonstration)
    assert kept == others
    assert (new.address, new.password == old.password) == (old.address, False)
    client = client_of(demonstration)
    assert log_in(client, old).status_code == 422
    assert log_in(client, new).status_code == 303


def test_one_newsletter_is_due_within_a_minute(demonstration: Settings) -> None:
    """Serving arms one mailing of the five and says so; it leaves to 200 people in four languages."""
    assert any("within a minute" in line for line in service.prepare_serving(demonstration))
    (moment,) = armed()
    assert timedelta(0) < moment - clock.now() < timedelta(minutes=1)
    launch_due(moment)
    assert deliveries(DeliveryState.PENDING) == 200
    with db.reading():
        contents = select(func.count(Delivery.content_id.distinct()))
        assert session.scalar(contents) == 4


def test_it_is_armed_once(demonstration: Settings) -> None:
    """A restart neither moves a mailing that waits nor sends again one that left."""
    service.prepare_serving(demonstration)
    (moment,) = armed()
    service.prepare_serving(demonstration)
    assert armed() == [moment]
    launch_due(moment)
    assert not any("within a minute" in line for line in service.prepare_serving(demonstration))
    assert armed() == []


def test_nothing_is_armed_where_mail_could_leave(demonstration: Settings) -> None:
    """Serving such an installation arms nothing, and takes back what was armed before."""
    for changes in OUTSIDE.values():
        service.prepare_serving(replace(demonstration, **changes))
        assert armed() == []
        service.prepare_serving(demonstration)
        assert len(armed()) == 1
        service.prepare_serving(replace(demonstration, **changes))
        assert armed() == []


def test_the_clock_launches_nothing_where_mail_could_leave(demonstration: Settings) -> None:
    """Even one that is due goes back to being a draft, and no rule fires; on this machine alone it leaves."""
    for day, changes in enumerate(OUTSIDE.values()):
        service.prepare_serving(demonstration)
        (moment,) = armed()
        with clock.frozen(moment + timedelta(days=day)):
            assert tick.run(clock.now(), replace(demonstration, **changes))
        assert armed() == []
        assert deliveries(DeliveryState.PENDING) == 0
    service.prepare_serving(demonstration)
    with clock.frozen(clock.now() + timedelta(days=len(OUTSIDE))):
        assert tick.run(clock.now(), demonstration)
    by_rules = select(Occurrence.mailing_id).where(Occurrence.mailing_id.is_not(None))
    with db.reading():
        wanted = select(func.count()).select_from(Delivery).join(Mailing, Mailing.message_id == Delivery.message_id)
        assert session.scalar(wanted.where(Mailing.id.not_in(by_rules))) == 200


@pytest.mark.parametrize("at_start", [True, False], ids=["at the start", "by the clock"])
def test_what_had_not_left_is_stopped(demonstration: Settings, at_start: bool) -> None:
    """Rows that waited when the mail server was set are revoked, and the mailing is cancelled."""
    service.prepare_serving(demonstration)
    (moment,) = armed()
    launch_due(moment)
    outside = replace(demonstration, smtp_url="smtp://mail.example.org")
    if at_start:
        service.prepare_serving(outside)
    else:
        assert tick.run(clock.now(), outside)
    assert deliveries(DeliveryState.PENDING) == 0
    assert deliveries(DeliveryState.REVOKED) == 200
    with db.reading():
        assert session.scalars(select(Message.state)).all() == [MessageState.CANCELLED]


def test_a_mailing_that_someone_changed_is_not_armed(demonstration: Settings) -> None:
    """What a newcomer tries out in the draft does not leave by itself at the next start."""
    with db.writing():
        mailing_of("brussels").version += 1
    service.prepare_serving(demonstration)
    assert armed() == []
