"""Users whose addresses differ only in ``ss`` and ``ß``: earlier versions stored both under one index."""

import pytest
from sqlalchemy import update

from mobilize.accounts import service
from mobilize.accounts.models import User
from mobilize.core import crypto, db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from tests.accounts.browsing import PASSWORD, fill, is_signed_in, log_in
from tests.accounts.ledger_mail import mailed_links

NEW = "four unrelated words here"
PEOPLE = "/studio/house/settings/people"
SHARP, PLAIN = "info@straße-beispiel.de", "info@strasse-beispiel.de"


@pytest.fixture(params=[(SHARP, PLAIN), (PLAIN, SHARP)])
def pair(request, house) -> tuple[str, str]:
    """A user whom an earlier version stored, and the other spelling."""
    former, other = request.param
    with db.writing():
        user = service.create_user(former, PASSWORD, name="Former")
        service.add_member(user, house.id, Role.VIEWER)
        index = crypto.login_indexes(former)[-1]
        session.execute(update(User).where(User.id == user.id).values(login_index=index))
    return former, other


def test_both_have_an_account_of_their_own(app, owner, pair):
    """The second is invited and joins; each logs in with their own password."""
    former, other = pair
    assert fill(owner, PEOPLE, email=other, role="viewer", language="en").status_code == 303
    (link,) = mailed_links("accounts/invitation")
    newcomer = app.test_client()
    assert fill(newcomer, link, name="Other", password=NEW).status_code == 303
    assert is_signed_in(newcomer)
    for address, right, wrong in (
        (former, PASSWORD, "four unrelated words here"),
        (other, "four unrelated words here", PASSWORD),
    ):
        assert log_in(app.test_client(), address, right).status_code == 303
        assert log_in(app.test_client(), address, wrong).status_code == 422


def test_the_command_makes_the_second_too(house, pair):
    """And refuses the first, which is there already."""
    with db.writing():
        assert service.create_user(pair[1], PASSWORD).email == pair[1]
