"""Petitions of an appeal: approved with it, paused while the case is checked, ended with it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from mobilize.actions.block import KIND, ActionButton
from mobilize.actions.models import CallToAction
from mobilize.actions.service import Facts, create_action, publish, touch
from mobilize.appeals import service as defenders
from mobilize.appeals.appeal import queries as appeals
from mobilize.appeals.appeal import service as appeal_service
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import Outcome
from mobilize.core import db
from mobilize.core.errors import Refused
from mobilize.core.feature import Freezing
from mobilize.organisations.queries import Brand
from tests.actions.conftest import NOW, PETITION, found_petition
from tests.actions.signing import acts, ask, sign
from tests.actions.test_from_the_mail import make_readers, own_link
from tests.appeals.test_blocks import end
from tests.appeals.writing import approve, make_draft
from tests.signup.visiting import press

CHECKED = "The case is being checked at the moment."
SILENT = (Outcome.WORSE, Outcome.DIED, Outcome.STOPPED)


def make_case(house: Brand) -> tuple[Appeal, CallToAction]:
    """A published appeal with an approved petition that is open; call it inside a writing unit."""
    appeal = make_draft(house.id)
    facts = Facts(
        {"en": "Free A. Example now"}, {"en": "The minister"}, {"en": "They need you."}, {"en": "Release A. Example."},
        about=f"appeal:{appeal.uid}",
    )  # fmt: skip
    row = create_action(house.id, "open-the-square", facts)
    publish(row)
    approve(appeal)
    appeal_service.publish(appeal)
    return appeal, row


@pytest.fixture
def case(house: Brand) -> str:
    """The uid of the appeal."""
    with db.writing():
        return make_case(house)[0].uid


def fill(client: FlaskClient, address: str = "amina@example.org") -> None:
    sign(client, address, initials="A. B.", country="BE")


def test_it_is_signed_from_the_page_of_the_appeal(client: FlaskClient, house: Brand, case: str) -> None:
    with db.reading():
        slug = appeals.appeal_by_uid(house.id, case).slug
    assert f'href="{PETITION}' in client.get(f"/city/appeals/{slug}").text
    assert f'href="/city/appeals/{slug}' in client.get(PETITION).text
    fill(client)
    assert len(acts()) == 1


def test_while_the_case_is_checked_nobody_signs(client: FlaskClient, house: Brand, case: str) -> None:
    """On the page and from a mailing; the end of the hold opens it again."""
    with db.writing():
        (person,) = make_readers(house, 1)
        (defender,) = appeals.defenders_of(appeals.appeal_by_uid(house.id, case))
        defenders.hold_everything(defender)
    for page in (client.get(PETITION).text, client.get(own_link(house, person)).text):
        assert CHECKED in page
        assert "Sign the petition" not in page
    with db.writing():
        (defender,) = appeals.defenders_of(appeals.appeal_by_uid(house.id, case))
        defenders.end_hold(defender)
    fill(client)
    assert len(acts()) == 1


def test_a_petition_that_changed_waits_for_its_approval(client: FlaskClient, house: Brand, case: str) -> None:
    """Neither its page nor a mailing asks anybody until a second person approved it as it is."""
    with db.writing():
        row = found_petition(house)
        row.asks = {"en": "Something else."}
        touch(row)
    assert CHECKED in client.get(PETITION).text
    with db.reading(), pytest.raises(Refused, match="approved"):
        KIND.freeze(ActionButton(found_petition(house).uid), Freezing(house.id, "en", NOW))


def test_its_button_depends_on_the_appeal_and_the_person(house: Brand, case: str) -> None:
    """So that the gate of the person holds a mailing with the button, and the appeal's closing does."""
    with db.reading():
        row, appeal = found_petition(house), appeals.appeal_by_uid(house.id, case)
        found = KIND.freeze(ActionButton(row.uid), Freezing(house.id, "en", NOW))
        (defender,) = appeals.defenders_of(appeal)
        assert set(found.live) == {f"action:{row.uid}", f"appeal:{case}", f"defender:{defender.uid}"}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_appeal_that_ended_asks_nobody(client: FlaskClient, house: Brand, case: str, outcome: Outcome) -> None:
    """Kind words in place of the form, and where it ended badly no counter, no way to share it and no ask anywhere."""
    for number in range(10):
        fill(client, f"person{number}@example.org")
    ask(client, "waits@example.org", initials="W.", country="BE")
    with db.writing():
        (person,) = make_readers(house, 1)
        end(appeals.appeal_by_uid(house.id, case), outcome)
    (signed, *_others) = acts()
    pages = [client.get(PETITION).text, client.get(own_link(house, person)).text]
    if signed.recipient_id is not None:
        pages.append(client.get(own_link(house, signed.recipient_id)).text)
    for page in pages:
        assert 'name="email"' not in page
        if outcome in SILENT:
            for word in ("people have signed", "Tell others", "Free A. Example", "Release A. Example", "They need you"):
                assert word not in page
    with db.reading():
        block = KIND.freeze(ActionButton(found_petition(house).uid), Freezing(house.id, "en", NOW))
    assert "act_link" not in block.fields
    assert ("Free A. Example now" in block.fields.values()) is (outcome not in SILENT)


def test_the_campaigner_finds_it_beside_the_appeal(
    client: FlaskClient, campaigner: FlaskClient, house: Brand, case: str
) -> None:
    """With the number of signatures, and the way to make another one for the same appeal."""
    fill(client)
    with db.reading():
        slug = appeals.appeal_by_uid(house.id, case).slug
    page = campaigner.get(f"/studio/city/appeals/{slug}/petitions").text
    assert "Free A. Example now" in page
    assert f"/studio/city/actions/new?about=appeal:{case}" in page.replace("%3A", ":")
    assert f'value="appeal:{case}" selected' in _selected(campaigner, f"/studio/city/actions/new?about=appeal:{case}")
    made = press(
        campaigner, "/studio/city/actions/new", slug="second", titles_en="A second one", shows="initials",
        keep_days="30", about=f"appeal:{case}", list="", next="",
    )  # fmt: skip
    assert made.status_code == 303


def _selected(client: FlaskClient, path: str) -> str:
    page = client.get(path).text
    option = page.partition('<option selected value="appeal:')[2].partition('"')[0]
    return f'value="appeal:{option}" selected'
