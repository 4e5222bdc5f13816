"""Inviting, joining, changing roles, removing."""

import threading
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import func, select

from mobilize.accounts import colleagues, service
from mobilize.accounts.models import Invitation, Membership, User
from mobilize.accounts.queries import colleagues as colleagues_of
from mobilize.core import audit, clock, db
from mobilize.core.db import session
from mobilize.core.errors import Conflict, MobilizeError, TokenRefused
from mobilize.core.permissions import Role
from tests.accounts.browsing import PASSWORD, fill, is_signed_in, log_in, token_on
from tests.accounts.conftest import OWNER
from tests.accounts.ledger_mail import mailed_links
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in

PEOPLE = "/studio/house/settings/people"
NEWCOMER = "newcomer@example.org"


def invite(owner: FlaskClient, address: str = NEWCOMER, role: str = "campaigner", language: str = "en"):
    return fill(owner, PEOPLE, email=address, role=role, language=language)


def roles(organisation_id: int) -> dict[str, Role]:
    with db.reading():
        return {one.email: one.role for one in colleagues_of(organisation_id)}


def uid_of(address_starts: str) -> str:
    with db.reading():
        return next(user.uid for user in session.scalars(select(User)) if user.email.startswith(address_starts))


def test_an_invited_newcomer_chooses_a_password_and_is_in(app, house, owner):
    """By the mailed link, with the offered role, in the language of the invitation's page."""
    assert invite(owner).status_code == 303
    (link,) = mailed_links("accounts/invitation")
    newcomer = app.test_client()
    page = newcomer.get(link).text
    assert "House" in page
    assert NEWCOMER not in page
    assert fill(newcomer, link, name="Nour", password=PASSWORD).location == "/studio/house/"
    assert is_signed_in(newcomer)
    assert newcomer.get(PEOPLE).status_code == 403
    assert log_in(app.test_client(), NEWCOMER).status_code == 303
    assert roles(house.id) == {OWNER: Role.OWNER, NEWCOMER: Role.CAMPAIGNER}


def test_a_link_admits_once(app, house, owner):
    """Replayed by GET or POST, it is spent; opening it spent nothing."""
    invite(owner)
    (link,) = mailed_links("accounts/invitation")
    newcomer, thief = app.test_client(), app.test_client()
    token = token_on(thief, link)
    assert fill(newcomer, link, name="Nour", password=PASSWORD).status_code == 303
    assert thief.get(link).status_code == 404
    assert thief.post(link, data={"form_token": token, "password": "another good one here"}).status_code == 404
    assert not is_signed_in(thief)


def test_one_link_pressed_by_many_at_once_admits_one(house, owner, app):
    """The database decides: one membership, one account, everyone else is refused."""
    invite(owner)
    (link,) = mailed_links("accounts/invitation")
    token, outcomes, start = link.rpartition("/")[2], [], threading.Barrier(6)

    def press() -> None:
        start.wait()
        try:
            with db.writing():
                colleagues.accept(token, password=PASSWORD, language="en")
            outcomes.append("in")
        except (TokenRefused, Conflict) as refusal:
            outcomes.append(type(refusal).__name__)

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 6
    assert outcomes.count("in") == 1
    assert len(roles(house.id)) == 2


def test_somebody_with_an_account_joins_with_the_password_they_have(app, house, owner):
    """The link alone opens nothing, and sets no new password."""
    with db.writing():
        elsewhere = make_organisation(slug="elsewhere")
        service.add_member(service.create_user(NEWCOMER, PASSWORD), elsewhere.id, Role.VIEWER)
    invite(owner)
    (link,) = mailed_links("accounts/invitation")
    guest = app.test_client()
    assert fill(guest, link, password="a password of my own").status_code == 422
    assert not is_signed_in(guest)
    assert fill(guest, link, password=PASSWORD).status_code == 303
    page = guest.get("/studio/").text
    assert "/studio/house/" in page
    assert "/studio/elsewhere/" in page


def test_inviting_again_withdraws_the_older_link(app, house, owner):
    """Only the newest works."""
    invite(owner, role="owner")
    invite(owner, role="viewer")
    older, newer = mailed_links("accounts/invitation")
    assert app.test_client().get(older).status_code == 404
    assert app.test_client().get(newer).status_code == 200


def test_a_withdrawn_invitation_opens_nothing(app, house, owner):
    """By a button beside it; withdrawing twice finds nothing."""
    invite(owner)
    (link,) = mailed_links("accounts/invitation")
    with db.reading():
        uid = session.scalars(select(Invitation.uid)).one()
    withdraw = f"{PEOPLE}/invitations/{uid}/withdraw"
    assert fill(owner, PEOPLE, withdraw).status_code == 303
    assert app.test_client().get(link).status_code == 404
    assert fill(owner, PEOPLE, withdraw).status_code == 404


def test_an_invitation_expires_after_a_week(app, house, owner):
    """And is shown as expired, to be sent again."""
    invite(owner)
    (link,) = mailed_links("accounts/invitation")
    with clock.frozen(clock.now() + timedelta(days=7, minutes=1)):
        answer = app.test_client().get(link)
        with db.writing():
            cookie = sign_in(house.id)
        owner.set_cookie(COOKIE, cookie)
        page = owner.get(PEOPLE).text
    assert answer.status_code == 404
    assert "expired" in answer.text
    assert "Expired" in page


def test_a_member_is_not_invited_again(house, owner):
    """In any spelling of the address."""
    answer = invite(owner, "OWNER@example.org")
    assert answer.status_code == 422
    assert "works here already" in answer.text
    assert mailed_links("accounts/invitation") == []


def test_the_last_owner_stays_an_owner(house, owner):
    """Neither lowered nor removed, until there is another one."""
    lowered = fill(owner, PEOPLE, f"{PEOPLE}/{house.user_uid}/role", role="viewer")
    removed = fill(owner, PEOPLE, f"{PEOPLE}/{house.user_uid}/remove")
    assert (lowered.status_code, removed.status_code) == (409, 409)
    assert "at least one owner" in lowered.text
    with db.writing():
        service.add_member(service.create_user("second@example.org", PASSWORD), house.id, Role.OWNER)
    assert fill(owner, PEOPLE, f"{PEOPLE}/{house.user_uid}/role", role="viewer").status_code == 303
    assert owner.get(PEOPLE).status_code == 403


def test_two_owners_cannot_remove_each_other_at_once(app, house):
    """Whoever is second is refused: an owner is left."""
    with db.writing():
        second = service.create_user("second@example.org", PASSWORD)
        service.add_member(second, house.id, Role.OWNER)
    start, refused = threading.Barrier(2), []

    def remove(uid: str) -> None:
        start.wait()
        try:
            with db.writing():
                colleagues.remove(house.id, uid)
        except MobilizeError as error:
            refused.append(error)

    threads = [threading.Thread(target=remove, args=(uid,)) for uid in (house.user_uid, second.uid)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert list(roles(house.id).values()) == [Role.OWNER]


def test_who_is_removed_is_out_at_once(app, house, owner):
    """Their open browser finds nothing here; their account and other organisations stay."""
    with db.writing():
        cookie = sign_in(house.id, Role.CAMPAIGNER)
    colleague = app.test_client()
    colleague.set_cookie(COOKIE, cookie)
    assert colleague.get("/studio/house/settings/").status_code == 200
    uid = uid_of("staff-")
    assert owner.get(f"{PEOPLE}/{uid}/remove").status_code == 200
    assert fill(owner, f"{PEOPLE}/{uid}/remove").status_code == 303
    assert colleague.get("/studio/house/settings/").status_code == 404
    assert is_signed_in(colleague)


def test_a_changed_role_holds_at_the_next_request(app, house, owner):
    """Without signing in again."""
    with db.writing():
        cookie = sign_in(house.id, Role.VIEWER)
    colleague = app.test_client()
    colleague.set_cookie(COOKIE, cookie)
    assert colleague.get(PEOPLE).status_code == 403
    assert fill(owner, PEOPLE, f"{PEOPLE}/{uid_of('staff-')}/role", role="owner").status_code == 303
    assert colleague.get(PEOPLE).status_code == 200


@pytest.mark.parametrize("role", ["", "god", "OWNER", "owner'--"])
def test_a_role_that_does_not_exist_is_refused(house, owner, role):
    """In the invitation and in the change."""
    assert invite(owner, role=role).status_code == 422
    assert mailed_links("accounts/invitation") == []


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Robert'); DROP TABLE users;--", 303),
        ("<script>alert(1)</script>", 303),
        ("{{7*7}}", 303),
        ("\u202egnp.exe", 422),
        ("two\nlines", 422),
        ("nul\x00", 422),
        ("n" * 101, 422),
    ],
)
def test_names_are_shown_as_typed_or_refused(app, house, owner, name, status):
    """SQL, markup and templates are only characters; what reorders or breaks text is refused."""
    invite(owner)
    (link,) = mailed_links("accounts/invitation")
    newcomer = app.test_client()
    assert fill(newcomer, link, name=name, password=PASSWORD).status_code == status
    page = owner.get(PEOPLE)
    assert page.status_code == 200
    assert (str(escape(name)) in page.text) is (status == 303)
    assert is_signed_in(newcomer) is (status == 303)


def test_the_trail_names_who_did_what_to_whom(app, house, owner):
    """Invited, lowered, removed: owners read the whole address of colleagues; none is in the rows themselves."""
    invite(owner)
    with db.writing():
        second = service.create_user("second@example.org", PASSWORD, name="Amina Benali")
        service.add_member(second, house.id, Role.OWNER)
        facts = str(
            session.execute(select(audit.AuditEntry.actor, audit.AuditEntry.subject, audit.AuditEntry.facts)).all()
        )
    page = owner.get("/studio/house/settings/trail").text
    assert f'Colleague invited: “<a href="{PEOPLE}"><bdi>{NEWCOMER}</bdi></a>”' in page
    assert "<bdi>Amina Benali (second@example.org)</bdi>" in page
    assert f'<bdi>Amina Benali</bdi> <bdi class="person-address" dir="ltr">{OWNER}</bdi>' in page
    assert "@" not in facts


def test_the_trail_shows_no_address_of_who_works_here_no_longer(app, house, owner):
    """It is theirs; their name stays beside what they did."""
    with db.writing():
        service.add_member(service.create_user("gone@example.org", PASSWORD, name="Nour"), house.id, Role.VIEWER)
        service.add_member(service.create_user("nameless@example.org", PASSWORD), house.id, Role.VIEWER)
    for uid in (uid_of("gone"), uid_of("nameless")):
        assert fill(owner, PEOPLE, f"{PEOPLE}/{uid}/remove").status_code == 303
    page = owner.get("/studio/house/settings/trail").text
    assert "<bdi>Nour</bdi>" in page
    assert "n•••@e•••.org" in page
    assert "gone@example.org" not in page
    assert "nameless@example.org" not in page


def test_owners_tell_colleagues_apart(app, house, owner):
    """By name and whole address, in the list, in the names of its buttons and among the invited."""
    invite(owner)
    with db.writing():
        for address in ("olga@example.org", "oscar@example.org"):
            service.add_member(service.create_user(address, PASSWORD, name="O. Peeters"), house.id, Role.VIEWER)
    page = owner.get(PEOPLE).text
    for address in (OWNER, NEWCOMER, "olga@example.org", "oscar@example.org"):
        assert address in page
    assert 'aria-label="Remove O. Peeters (olga@example.org)"' in page
    assert 'aria-label="Role of O. Peeters (oscar@example.org)"' in page
    assert "•••" not in page


@pytest.mark.parametrize("role", [Role.CAMPAIGNER, Role.VIEWER])
def test_others_see_no_address_of_a_colleague(app, house, role):
    """Neither page opens to them, and none that does holds one."""
    with db.writing():
        cookie = sign_in(house.id, role)
    colleague = app.test_client()
    colleague.set_cookie(COOKIE, cookie)
    assert {colleague.get(f"/studio/house/settings/{page}").status_code for page in ("people", "trail")} == {403}
    for page in ("", "settings/", "mailings/", "people/"):
        assert OWNER not in colleague.get(f"/studio/house/{page}").text


def test_the_only_owner_is_told_before_the_press(app, house, owner):
    """No button that would be refused; with a second owner there are buttons, and they say that it is oneself."""
    remove = f"{PEOPLE}/{house.user_uid}/remove"
    assert "The only owner" in owner.get(PEOPLE).text
    assert f"{house.user_uid}/role" not in owner.get(PEOPLE).text
    assert "Remove me from this organisation" not in owner.get(remove).text
    assert "You are the only owner" in owner.get(remove).text
    with db.writing():
        service.add_member(service.create_user("second@example.org", PASSWORD), house.id, Role.OWNER)
    assert "The only owner" not in owner.get(PEOPLE).text
    assert "This is you" in owner.get(PEOPLE).text
    assert "This is your own account" in owner.get(remove).text
    assert "This is your own account" not in owner.get(f"{PEOPLE}/{uid_of('second')}/remove").text


def test_who_removes_or_lowers_themselves_is_led_to_a_page_that_opens(app, house, owner):
    """Not to one that is closed to them now."""
    with db.writing():
        service.add_member(service.create_user("second@example.org", PASSWORD), house.id, Role.OWNER)
        cookie = sign_in(house.id, Role.OWNER)
    third = app.test_client()
    third.set_cookie(COOKIE, cookie)
    lowered = fill(owner, PEOPLE, f"{PEOPLE}/{house.user_uid}/role", role="viewer")
    assert owner.get(lowered.location).status_code == 200
    removed = fill(third, f"{PEOPLE}/{uid_of('staff-')}/remove")
    assert "You no longer work in this organisation" in third.get(removed.location).text


def test_the_trail_tells_moments_in_the_zone_of_the_house(app, house, owner):
    """A moment is read by people; what only looks like one stays as it was written."""
    with db.writing():
        for at in ("2024-02-26T14:00:00.123456+00:00", "2024-13-26T14"):
            audit.record("mailing.scheduled", organisation_id=house.id, subject="mailing:x", at=at)
    page = owner.get("/studio/house/settings/trail").text
    assert "Mon 26 Feb 2024" in page
    assert "2024-02-26T14" not in page
    assert "2024-13-26T14" in page


def test_the_trail_has_pages(app, house, owner):
    """Fifty at a time; the next page holds the rest and none twice."""
    for _ in range(3):
        with db.writing():
            for number in range(20):
                address = f"n{number}@example.org"
                colleagues.invite(house.id, address, Role.VIEWER, invited_by_id=None, language="en")
    first = owner.get("/studio/house/settings/trail").text
    after = first.partition('rel="next"')[0].rpartition("before=")[2].partition('"')[0]
    second = owner.get(f"/studio/house/settings/trail?before={after}").text
    with db.reading():
        members = session.scalar(select(func.count()).select_from(Membership))
    assert members == 1
    assert first.count("Colleague invited") == 50
    assert second.count("Colleague invited") == 10
    assert owner.get("/studio/house/settings/trail?before=99999999999999999999").status_code == 200


def test_another_site_cannot_press_the_button_of_an_invitation(app, house, owner):
    """Nobody is signed in as somebody else, through a link that was mailed to an attacker, without knowing."""
    invite(owner)
    (link,) = mailed_links("accounts/invitation")
    client = app.test_client()
    data = {"form_token": token_on(client, link), "name": "Nour", "password": PASSWORD}
    assert client.post(link, data=data, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not is_signed_in(client)
    assert client.post(link, data=data, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
