"""Erasing by button, by command, and by the person through a fresh mailed link."""

from __future__ import annotations

import json
from datetime import timedelta

import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts import colleagues
from mobilize.accounts.models import Invitation, User
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.delivery.models import Recipient
from mobilize.people.models import Erasure
from mobilize.people.queries import find_person
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.service import leave
from tests.signup.visiting import press
from tests.staff import COOKIE, sign_in
from tests.subscribers.conftest import PERSON, City, add
from tests.subscribers.test_preferences import footer, fresh

ROOT = "/studio/city/people"


def uid_of(recipient_id: int) -> str:
    with db.reading():
        return session.get_one(Recipient, recipient_id).uid


def is_erased(recipient_id: int) -> bool:
    with db.reading():
        return session.get_one(Recipient, recipient_id).erased_at is not None


def sources() -> list[str]:
    with db.reading():
        return list(session.scalars(select(Erasure.source)))


def test_an_owner_erases_by_the_whole_address(owner: FlaskClient, city: City, amina: int):
    """A page that is open by mistake erases nobody; afterwards the page is gone."""
    page = f"{ROOT}/{uid_of(amina)}"
    assert f'href="{page}/erase"' in owner.get(page).text
    assert press(owner, f"{page}/erase", address="other@example.org").status_code == 422
    assert not is_erased(amina)
    assert press(owner, f"{page}/erase", address=PERSON.upper()).status_code == 303
    assert is_erased(amina)
    assert owner.get(page).status_code == 404
    assert "Nobody here has this address" in press(owner, f"{ROOT}/", address=PERSON).text


def test_only_owners_erase(owner: FlaskClient, city: City, amina: int):
    """A campaigner finds no button, and is refused."""
    page = f"{ROOT}/{uid_of(amina)}"
    with db.writing():
        owner.set_cookie(COOKIE, sign_in(city.brand.id, Role.CAMPAIGNER))
    assert "Erase" not in owner.get(page).text
    assert (owner.get(f"{page}/erase").status_code, owner.post(f"{page}/erase").status_code) == (403, 403)


def test_the_command_erases_to_the_end(command, city: City, amina: int):
    """When it returns, nothing waits for the clock; a second time there is nobody."""
    uid = uid_of(amina)
    assert command("person", "erase", PERSON, "--org", "city").stdout == f"{uid}\n"
    assert command("person", "erase", PERSON, "--org", "city").exit_code == 1
    with db.reading():
        assert [row is not None for row in session.scalars(select(Erasure.ended_at))] == [True]


def test_a_person_takes_their_data_along(client: FlaskClient, city: City, amina: int):
    """From their page of preferences, without JavaScript."""
    assert f'href="{fresh(amina)}/data"' in client.get(fresh(amina)).text
    page = client.get(f"{fresh(amina)}/data").text
    assert PERSON not in page
    data = json.loads(press(client, f"{fresh(amina)}/data", **{"as": "json"}).text)
    assert data["person"][0]["email"] == PERSON
    assert PERSON in press(client, f"{fresh(amina)}/data", **{"as": "html"}).text


def test_a_person_erases_themselves(client: FlaskClient, city: City, amina: int):
    """After a question on a page of its own; the answer is the same page for everybody."""
    link = fresh(amina)
    assert not is_erased(amina)
    answer = press(client, f"{link}/erase")
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/city/erased")
    assert client.get(answer.headers["Location"]).status_code == 200
    assert is_erased(amina)
    assert sources() == ["person"]
    assert client.get(f"{link}/erase").status_code == 404


def test_a_forwarded_link_neither_shows_nor_erases(client: FlaskClient, city: City, amina: int):
    """The one at the foot of a newsletter, and a fresh one from before they unsubscribed: both lead to a new one."""
    with time_machine.travel(clock.now() - timedelta(hours=1)):
        old = fresh(amina)
    with db.writing():
        leave(amina, [city.ids["news"]], Evidence("one-click"))
    for link in (footer(amina), old):
        for page in ("data", "erase"):
            assert client.get(f"{link}/{page}").headers["Location"].partition("?")[0] == link
        assert client.post(f"{link}/erase").status_code == 303
    assert not is_erased(amina)


def test_a_colleague_is_removed_first(owner: FlaskClient, city: City, command):
    """Whoever works here signs in with this address; afterwards their account goes too."""
    with db.writing():
        sign_in(city.brand.id, Role.VIEWER)
    with db.reading():
        user = session.scalars(select(User).order_by(User.id.desc())).first()
        assert user is not None
        address, uid = user.email, user.uid
    refused = command("person", "erase", address, "--org", "city")
    assert (refused.exit_code, "works here" in refused.stderr) == (1, True)
    with db.writing():
        colleagues.remove(city.brand.id, uid)
    assert command("person", "erase", address, "--org", "city").exit_code == 0
    with db.reading():
        assert session.scalars(select(User.id).where(User.uid == uid)).all() == []


def test_an_invitation_goes_with_its_person(city: City, command):
    """It holds the address a second time."""
    with db.writing():
        colleagues.invite(city.brand.id, PERSON, Role.VIEWER, invited_by_id=None, language="en")
    add(city, PERSON, "news")
    with db.reading():
        found = find_person(city.brand.ref, PERSON)
        assert found is not None
        assert len(found.recipient_ids) == 2
    data = json.loads(command("person", "export", PERSON, "--org", "city").stdout)
    assert (len(data["person"]), len(data["invitations"])) == (2, 1)
    assert command("person", "erase", PERSON, "--org", "city").exit_code == 0
    with db.reading():
        assert session.scalars(select(Invitation.id)).all() == []
