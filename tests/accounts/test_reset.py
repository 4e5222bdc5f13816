"""A new password by mail."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from mobilize.accounts import service, tick_steps
from mobilize.accounts.models import MailRequest
from mobilize.accounts.purposes import INVITATION, RESET
from mobilize.core import clock, crypto, db
from mobilize.core.db import session
from mobilize.core.tokens import mint
from tests.accounts.browsing import PASSWORD, fill, forgotten, is_signed_in, log_in, token_on
from tests.accounts.conftest import OWNER
from tests.accounts.ledger_mail import mailed_links

NEW = "four unrelated words here"


def ask(client, address: str = OWNER):
    return forgotten(client, address)


def test_the_mailed_link_sets_a_password_and_ends_every_session(app, house, client):
    """The forgotten one is dead, every browser is logged out."""
    elsewhere = app.test_client()
    log_in(elsewhere, OWNER)
    ask(client)
    (link,) = mailed_links("accounts/reset")
    assert fill(client, link, password=NEW).location == "/studio/login"
    assert not is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert log_in(client, OWNER).status_code == 422
    assert log_in(client, OWNER, NEW).status_code == 303


def test_known_and_unknown_addresses_are_answered_alike(client, house):
    """The same page; only the known one is mailed."""
    known, unknown = ask(client), ask(client, "nobody@example.org")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert known.status_code == 200
    assert len(mailed_links("accounts/reset")) == 1


def test_known_and_unknown_addresses_cost_the_same_statements(client, house):
    """Whatever is looked up, sealed and written in the request is the same; the rest is done by the clock."""
    told = []
    for address in (OWNER, "nobody@example.org"):
        token = token_on(client, "/studio/forgotten")
        with noted_statements() as statements:
            assert client.post("/studio/forgotten", data={"form_token": token, "email": address}).status_code == 200
        told.append(statements)
    assert told[0] == told[1]
    assert len([one for one in told[0] if one.startswith("INSERT INTO account_mail_requests")]) == 1
    assert not any("users" in one for one in told[0])
    assert mailed_links("accounts/reset") == []


@contextmanager
def noted_statements():
    """Every statement that is sent to the database, without its values."""
    noted = []

    def note(_connection, _cursor, statement, *_rest):
        noted.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    yield noted
    event.remove(db.engine(), "before_cursor_execute", note)


def test_the_clock_forgets_who_asked(client, house, settings):
    """Known, unknown, and one whose row cannot be opened, which holds up nobody."""
    for address in ("first@example.org", OWNER, "nobody@example.org"):
        fill(client, "/studio/forgotten", email=address)
    with db.writing():
        first = session.scalars(select(MailRequest).order_by(MailRequest.id).limit(1)).one()
        first.email_sealed = b"\x02" + bytes(60)
        assert OWNER.encode() not in b"".join(session.scalars(select(MailRequest.email_sealed)))
    tick_steps.send_requested_mails(clock.now(), settings)
    with db.reading():
        assert session.scalar(select(func.count()).select_from(MailRequest)) == 0
    assert len(mailed_links("accounts/reset")) == 1


def test_who_asked_a_day_ago_is_not_mailed(client, house, settings):
    """After a clock that stood still."""
    fill(client, "/studio/forgotten", email=OWNER)
    tick_steps.send_requested_mails(clock.now() + timedelta(days=1), settings)
    assert mailed_links("accounts/reset") == []


def test_a_link_works_once(client, house):
    """Replaying it, or opening an older one, changes nothing."""
    ask(client)
    ask(client)
    older, newer = mailed_links("accounts/reset")
    fill(client, newer, password=NEW)
    for spent in (older, newer):
        assert client.get(spent).status_code == 404
        assert client.post(spent, data={"password": PASSWORD}).status_code == 404
    assert log_in(client, OWNER, NEW).status_code == 303


def test_opening_the_link_uses_nothing_up(client, house):
    """Programs that scan mail open every link."""
    ask(client)
    (link,) = mailed_links("accounts/reset")
    for _ in range(3):
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200
    assert fill(client, link, password=NEW).status_code == 303


def test_a_link_expires(client, house):
    """After two hours, with a clear word."""
    ask(client)
    (link,) = mailed_links("accounts/reset")
    with clock.frozen(clock.now() + timedelta(hours=2, minutes=1)):
        answer = client.get(link)
    assert answer.status_code == 404
    assert "expired" in answer.text


def test_a_link_for_something_else_opens_nothing(client, house):
    """An invitation's token is no reset token, nor is one of another user's version."""
    for token in (
        mint(INVITATION, house.user_id),
        mint(RESET, house.user_id, 99),
        mint(RESET, 1),
    ):
        assert client.get(f"/studio/reset/{token}").status_code == 404


def test_a_weak_password_is_refused_and_the_link_still_works(client, house):
    """Nothing is spent by a mistake."""
    ask(client)
    (link,) = mailed_links("accounts/reset")
    refused = fill(client, link, password="password1234")
    assert refused.status_code == 422
    assert "among the first" in refused.text
    assert fill(client, link, password=NEW).status_code == 303


def test_an_address_is_mailed_at_most_three_times_an_hour(client, house):
    """The page's answer stays the same."""
    answers = {ask(client).status_code for _ in range(5)}
    assert answers == {200}
    assert len(mailed_links("accounts/reset")) == 3


def test_the_page_masks_the_address(client, house):
    """A link identifies, it does not show."""
    ask(client)
    (link,) = mailed_links("accounts/reset")
    page = client.get(link).text
    assert OWNER not in page
    assert "o•••@e•••.org" in page


def test_a_user_who_works_nowhere_gets_a_new_password_too(client, house):
    """An account is enough: the mail is the installation's, not an organisation's."""
    with db.writing():
        service.create_user("gone@example.org", PASSWORD)
    assert ask(client, "gone@example.org").status_code == 200
    assert len(mailed_links("accounts/reset")) == 1


@pytest.mark.parametrize("address", ["", "not an address", "a@b\r\nBcc: x@example.net", "\u202eowner@example.org"])
def test_what_is_no_address_is_never_mailed(client, house, address):
    """And never a fault."""
    assert ask(client, address).status_code in {200, 422}
    assert mailed_links("accounts/reset") == []


def test_the_index_is_one_for_every_spelling():
    """A capital letter does not hide an account."""
    assert crypto.normalised_address(" OWNER@example.ORG ") == OWNER
