"""Many signatures of one person at the same moment count once, and an act costs few statements."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobilize.actions import acts as service
from mobilize.actions.acting import Asked, Given
from mobilize.actions.acts import act_from_mail, confirm, held_call
from mobilize.core import db
from mobilize.core.settings import Settings
from mobilize.organisations.queries import Brand
from tests.actions.conftest import PETITION, found_petition, make_petition
from tests.actions.signing import acts, ask
from tests.actions.test_from_the_mail import make_readers, own_link
from tests.actions.test_of_an_appeal import make_case
from tests.delivery.test_many import statements
from tests.signup.visiting import answer_to, hidden, mails

MOST_STATEMENTS = 25


def test_two_hundred_signatures_of_one_person_count_once(
    app: Flask, house: Brand, petition: int, settings: Settings
) -> None:
    """Half of them through their own link, half confirming a request each, side by side."""
    with db.writing():
        (person,) = make_readers(house, 1)
        action_id, address = found_petition(house).id, "one@example.org"
    wanted = []
    for _number in range(4):
        with db.writing():
            wanted.append(service.ask(found_petition(house), house, address, "en", Asked(Given("One"))))
    turns, errors = iter(range(200)), list[Exception]()
    lock = threading.Lock()

    def sign() -> None:
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None:
                return
            try:
                with db.writing():
                    if turn % 2:
                        act_from_mail(held_call(action_id), person, Given("One"))
                    else:
                        confirm(wanted[turn // 2 % len(wanted)], agrees=False)
            except Exception as error:  # noqa: BLE001 - handed to the test below
                errors.append(error)

    threads = [threading.Thread(target=sign) for _one in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len({act.recipient_id for act in acts()}) == len(acts()) == 2


@pytest.mark.parametrize("of", ["nothing", "an appeal"])
@pytest.mark.parametrize("step", ["ask", "confirm", "from the mail"])
def test_an_act_costs_few_statements(client: FlaskClient, house: Brand, step: str, of: str) -> None:
    """Of the POST, with everything around the view; of an appeal, the gate of each person is asked as well."""
    with db.writing():
        if of == "nothing":
            make_petition(house)
        else:
            make_case(house)
        (person,) = make_readers(house, 1)
    typed = {"name": "Amina"} if of == "nothing" else {"initials": "A.", "country": "BE"}
    if step == "confirm":
        ask(client, **typed)
        link = mails()[-1].links["action_url"]
    else:
        link = own_link(house, person)
    if step == "ask":
        ask(client, "earlier@example.org", **typed)
        page = client.get(PETITION).text
        proven = {"form_token": hidden(page, "form_token"), "proof": answer_to(page), "email": "amina@example.org"}
        with statements() as seen:
            assert client.post(PETITION, data={**proven, **typed}).status_code == 303
        assert len(seen) <= MOST_STATEMENTS, "\n".join(seen)
        return
    token = hidden(client.get(link).text, "form_token")
    with statements() as seen:
        data = {"form_token": token, "press": "act", **typed}
        assert client.post(link, data=data).status_code == 303
    assert len(acts()) == 1
    assert len(seen) <= MOST_STATEMENTS, "\n".join(seen)
