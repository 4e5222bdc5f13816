"""Closing an appeal tells exactly those who acted and may be mailed, and ends what waits for those who had not."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.actions.models import ActionState
from mobilize.actions.outcomes import effects
from mobilize.appeals import service as defenders
from mobilize.appeals.appeal import changes as verbs
from mobilize.appeals.appeal import queries as appeals
from mobilize.appeals.appeal import service as appeal_service
from mobilize.appeals.appeal.rules import Outcome
from mobilize.core import clock, db, i18n
from mobilize.core.db import session
from mobilize.core.effects import PlannedChange
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery, Message, MessageSource, Recipient, Stream, SuppressionReason
from mobilize.delivery.suppression.service import suppress
from mobilize.mailings.launch import launch_due
from mobilize.organisations.queries import Brand
from mobilize.schedules import changes
from tests.actions.conftest import PETITION, found_petition
from tests.actions.test_chaser import make_chaser
from tests.actions.test_from_the_mail import make_readers, own_link
from tests.actions.test_of_an_appeal import SILENT
from tests.actions.test_of_an_appeal import case as case
from tests.appeals.writing import WRITER, approve, words
from tests.mailings.postman import on_duty, text_of
from tests.mailings.test_launch import rows
from tests.signup.visiting import press


def sign_all(client: FlaskClient, house: Brand, people: list[int]) -> None:
    for one in people:
        assert press(client, own_link(house, one), initials="A.").status_code == 303


def close(house: Brand, uid: str, outcome: Outcome, **news: str) -> PlannedChange:
    """Press "Close the appeal", with the list of what it does as it is now."""
    with db.writing():
        appeal = appeals.appeal_by_uid(house.id, uid)
        appeal_service.change_draft(appeal, words(outcome=outcome, news=news), WRITER)
        if news:
            approve(appeal)
    change = PlannedChange(house.id, f"appeal:{uid}", "closed", {}, is_off=True, facts={"outcome": outcome.value})
    with db.writing():
        appeal = appeals.appeal_by_uid(house.id, uid)
        changes.apply(change, changes.preview(change).digest, lambda: verbs.close(appeal))
    return change


def told() -> dict[int, tuple[str, str]]:
    """State and reason of each row of the message with the outcome."""
    with db.reading():
        news = select(Message.id).where(Message.dedupe_key.startswith("appeal-outcome:"))
        wanted = select(Delivery.recipient_id, Delivery.state, Delivery.reason).where(Delivery.message_id.in_(news))
        return {row[0]: (row[1].value, row[2]) for row in session.execute(wanted)}


def test_a_release_is_told_to_those_who_acted(
    client: FlaskClient, house: Brand, case: str, installation: Settings
) -> None:
    """In their language, once; not to who stopped such mail, nor to who declined all. No chaser is left after it."""
    with db.writing():
        english, french = make_readers(house, 3), make_readers(house, 1, "fr")
        others = make_readers(house, 2)
    chaser = make_chaser(house, f"appeal:{case}")
    sign_all(client, house, [*english, *french])
    launch_due()
    assert set(rows(chaser)) == set(others)
    with db.writing():
        declined = session.get_one(Recipient, english[1])
        suppress(house.id, declined.address_index, SuppressionReason.WITHDRAWAL, "test")
    close(house, case, Outcome.RELEASED, en="A. Example is home.", fr="A. Example est rentré.")
    assert {state.value for state in rows(chaser).values()} == {"revoked"}
    waits = ("pending", "")
    assert told() == {english[0]: waits, english[1]: ("suppressed", "withdrawal"), english[2]: waits, french[0]: waits}
    with db.reading():
        assert found_petition(house).state is ActionState.CLOSED
    with on_duty(installation) as postman:
        postman.deliver(Stream.URGENT)
        postman.deliver(Stream.BULK)
    texts = [text_of(mail) for mail in postman.mails]
    assert len(texts) == 3
    assert sum("A. Example is home." in text for text in texts) == 2
    assert sum("A. Example est rentré." in text for text in texts) == 1
    assert all("/a/own/" in text for text in texts)
    assert {mail["Subject"] for mail in postman.mails if "home" in text_of(mail)} == {
        "Good news: released. Free A. Example"
    }


@pytest.mark.parametrize("outcome", SILENT)
def test_bad_news_asks_nothing(
    client: FlaskClient, house: Brand, case: str, installation: Settings, outcome: Outcome
) -> None:
    with db.writing():
        people = make_readers(house, 1)
    sign_all(client, house, people)
    close(house, case, outcome)
    with on_duty(installation) as postman:
        postman.deliver(Stream.URGENT)
    (mail,) = postman.mails
    text = text_of(mail) + str(mail["Subject"])
    assert "Good news" not in text
    assert PETITION not in text
    assert ("A. Example" in text) is (outcome is not Outcome.STOPPED)


def test_the_news_names_the_person_so_that_the_gate_holds_it(
    client: FlaskClient, house: Brand, case: str, installation: Settings
) -> None:
    with db.writing():
        people = make_readers(house, 1)
    sign_all(client, house, people)
    with db.writing():
        (defender,) = appeals.defenders_of(appeals.appeal_by_uid(house.id, case))
        defenders.hold_everything(defender)
        uid = defender.uid
    close(house, case, Outcome.RELEASED)
    with on_duty(installation) as postman:
        postman.deliver(Stream.URGENT)
        assert postman.mails == []
        with db.writing():
            (defender,) = appeals.defenders_of(appeals.appeal_by_uid(house.id, case))
            defenders.end_hold(defender)
        postman.deliver(Stream.URGENT)
        assert len(postman.mails) == 1
    with db.reading():
        assert f"defender:{uid}" in set(session.scalars(select(MessageSource.source)))


def test_the_list_of_consequences_says_so_before(client: FlaskClient, house: Brand, case: str) -> None:
    with db.writing():
        english, french = make_readers(house, 2), make_readers(house, 1, "fr")
    make_chaser(house, f"action:{_uid(house)}")
    launch_due()
    sign_all(client, house, [*english, *french])
    change = PlannedChange(house.id, f"appeal:{case}", "closed", {}, is_off=True)
    with i18n.using("en"), db.reading():
        found = [(one.outcome.value, one.words, one.people) for one in effects(change, clock.now())]
        assert list(effects(PlannedChange(house.id, f"appeal:{case}", "updated", {}), clock.now())) == []
    assert found == [
        ("stopped", "The petition “Free A. Example now” takes no more signatures", 0),
        ("stopped", "Emails to people who have not signed, as far as they still wait", 0),
        ("told", "2 people who signed get the outcome by email, in English", 2),
        ("told", "1 person who signed gets the outcome by email, in French", 1),
    ]


def _uid(house: Brand) -> str:
    with db.reading():
        return found_petition(house).uid
