"""What a person receives: a footer's link shows nothing, a fresh mailed one shows and changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.tokens import mint
from mobilize.delivery.models import Recipient
from mobilize.delivery.purposes import FOOTER
from mobilize.delivery.recipients import contact_of
from mobilize.delivery.suppression.service import suppression_of
from mobilize.subscribers.purposes import PREFERENCES
from mobilize.subscribers.queries import consent_history, lists_of
from tests.signup.visiting import mails, newest, press
from tests.subscribers.conftest import City, add


def footer(recipient_id: int) -> str:
    return f"/p/{mint(FOOTER, recipient_id)}"


def fresh(recipient_id: int) -> str:
    return f"/p/{mint(PREFERENCES, recipient_id)}"


def test_a_footers_link_shows_no_data_and_mails_a_fresh_one(client: FlaskClient, city: City, amina: int):
    """Mails get forwarded: name, topics and address stay hidden until a mailed link is opened."""
    page = client.get(footer(amina)).get_data(as_text=True)
    assert not [word for word in ("Amina", "amina@", "Newsletter", "Urgent actions") if word in page]
    assert press(client, footer(amina), press="mail").status_code == 303
    link = newest("subscribers/preferences").links["action_url"]
    page = client.get(link).get_data(as_text=True)
    assert "Newsletter" in page
    assert 'value="Amina"' in page
    assert "amina@example.org" not in page


def test_a_footers_link_changes_nothing_but_leaving(client: FlaskClient, city: City, amina: int):
    """Posting the fresh page's fields to it mails a link instead; leaving everything is allowed to it."""
    press(client, footer(amina), press="save", first_name="Mallory", language="fr", topics=city.uids["press"])
    with db.reading():
        assert contact_of(session.get_one(Recipient, amina)).first_name == "Amina"
        assert len(lists_of(amina)) == 2
    answer = press(client, footer(amina), press="leave")
    assert answer.headers["Location"].startswith("/u/")
    assert client.get(answer.headers["Location"]).status_code == 200
    with db.reading():
        assert lists_of(amina) == []


def test_a_person_chooses_topics_names_and_language(client: FlaskClient, city: City, amina: int):
    """What is ticked stays or is joined, what is not is left; each with a consent row."""
    answer = press(
        client, fresh(amina), press="save", topics=city.uids["urgent"], first_name="Nadia", last_name="", language="fr"
    )
    assert answer.status_code == 303
    with db.reading():
        recipient = session.get_one(Recipient, amina)
        assert lists_of(amina) == [city.ids["urgent"]]
        assert (contact_of(recipient).name, recipient.language) == ("Nadia", "fr")
        assert [row.method for row in consent_history(amina)][:1] == ["preferences"]
    assert 'lang="fr"' in client.get(fresh(amina)).get_data(as_text=True)


def test_only_public_lists_and_ones_own_private_ones_are_shown(client: FlaskClient, city: City, amina: int):
    """A private list stays unknown to who is not on it, also when its uid is posted."""
    assert "Press" not in client.get(fresh(amina)).get_data(as_text=True)
    press(client, fresh(amina), press="save", topics=city.uids["press"], language="en")
    with db.reading():
        assert city.ids["press"] not in lists_of(amina)
    journalist = add(city, "journalist@example.org", "press")
    assert "Press" in client.get(fresh(journalist)).get_data(as_text=True)


def test_choosing_a_topic_ends_a_withdrawal(client: FlaskClient, city: City, amina: int):
    """Whoever left everything and comes back by their own page receives mail again."""
    press(client, fresh(amina), press="leave")
    press(client, fresh(amina), press="save", topics=city.uids["news"], language="en")
    with db.reading():
        assert suppression_of(city.brand.id, session.get_one(Recipient, amina).address_index) is None
        assert lists_of(amina) == [city.ids["news"]]


def test_an_expired_link_offers_a_new_one(client: FlaskClient, city: City, amina: int):
    """It shows as little as a footer's link."""
    path = fresh(amina)
    with clock.frozen(clock.now() + timedelta(days=31)):
        page = client.get(path).get_data(as_text=True)
        assert "Amina" not in page
        assert press(client, path, press="mail").status_code == 303
    assert [mail.template for mail in mails()] == ["subscribers/preferences"]


def test_few_links_are_mailed_however_often_somebody_asks(client: FlaskClient, city: City, amina: int):
    """Three an hour; the page says the same each time."""
    pages = set()
    for _time in range(6):
        answer = press(client, footer(amina), press="mail")
        pages.add((answer.status_code, answer.headers["Location"].partition("?")[2]))
    assert len(mails()) == 3
    assert len(pages) == 1


@pytest.mark.parametrize("name", ["a\r\nb", "a\0b", "\u202eb", "x" * 101])
def test_a_name_that_could_act_is_refused(client: FlaskClient, city: City, amina: int, name: str):
    """The field is named and nothing changes, topics included."""
    answer = press(client, fresh(amina), press="save", first_name=name, language="en")
    assert answer.status_code == 422
    with db.reading():
        assert len(lists_of(amina)) == 2


def test_opening_changes_nothing(client: FlaskClient, city: City, amina: int):
    """GET and HEAD of both kinds of link, twice."""
    for path in (footer(amina), fresh(amina)) * 2:
        assert client.get(path).status_code == client.head(path).status_code == 200
    assert mails() == []
    with db.reading():
        assert len(consent_history(amina)) == 2
