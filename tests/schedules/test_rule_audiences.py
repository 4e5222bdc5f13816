"""Whom a rule mails: a list or a group, narrowed by segments and without lists, as a mailing's audience is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from mobilize.audiences.audience import Audience
from mobilize.audiences.models import Segment
from mobilize.audiences.service import create_segment
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery, DeliveryState, Message
from mobilize.mailings.content import MailingText, SenderText, read_version
from mobilize.mailings.models import Mailing
from mobilize.organisations.queries import Brand
from mobilize.schedules.offsets import Offset
from mobilize.schedules.queries import rule_by_uid
from mobilize.schedules.service import RuleFacts, arm, create_rule
from mobilize.schedules.tick_steps import fire_rules
from mobilize.subscribers.models import MailingList
from tests.crowd import make_list, make_people
from tests.schedules.conftest import LONG_BEFORE, START, register, thing
from tests.signup.visiting import hidden
from tests.staff import COOKIE, sign_in

NEW = "/studio/centre/calendar/partners/mail/new"
FRENCH = {"condition": "language", "facts": {"languages": ["fr"]}}


@pytest.fixture
def lists(house: Brand, lecture: str) -> tuple[MailingList, MailingList]:
    """Readers, and members of the press."""
    assert lecture
    with db.writing():
        return make_list(house, "readers"), make_list(house, "press")


@pytest.fixture
def campaigner(app: Flask, house: Brand) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        cookie = sign_in(house.id, Role.CAMPAIGNER)
    client.set_cookie(COOKIE, cookie)
    return client


def segment(house: Brand, name: str, tree: dict[str, Any]) -> Segment:
    with db.writing():
        return create_segment(house.id, name, tree)


def send_form(client: FlaskClient, path: str, **fields: object) -> Any:
    typed = {
        "name": "Chaser", "amount": "1", "unit": "days", "side": "before", "moment": "start", "at_time": "10:00",
        "late_hours": "12",
    }  # fmt: skip
    page = client.get(path).text
    sent = {name: hidden(page, name) for name in ("form_token", "form_version")}
    return client.post(path, data={**sent, **typed, **fields})


def audience() -> Audience:
    with db.reading():
        return session.scalars(select(Mailing).order_by(Mailing.id.desc())).first().to_whom  # type: ignore[union-attr]


def rule_for(house: Brand, name: str, to_whom: Audience, offset: Offset) -> str:
    """A rule that is switched on; its uid."""
    block = {"type": "text", "markdown": "Hello."}
    version = read_version({"subject": name, "preheader": "", "blocks": [block]}, "en")
    with db.writing(), clock.frozen(LONG_BEFORE):
        facts = RuleFacts(name, "start", offset, to_whom)
        uid = create_rule(thing(house), facts, MailingText(name, SenderText(), {"en": version})).uid
    with db.writing(), clock.frozen(LONG_BEFORE):
        arm(rule_by_uid(house.id, uid), thing(house))
    return uid


def got(house: Brand, name: str) -> set[int]:
    """Recipients of what a rule has sent; the copies are with them from then on."""
    with db.writing():
        wanted = select(Delivery.recipient_id).join(Mailing, Mailing.message_id == Delivery.message_id)
        found = set(session.scalars(wanted.where(Mailing.name.startswith(name))))
        session.execute(update(Delivery).values(state=DeliveryState.ACCEPTED))
    return found


def test_a_list_is_narrowed_by_segments_and_by_other_lists(
    campaigner: FlaskClient, house: Brand, lists: tuple[MailingList, MailingList]
) -> None:
    """What was chosen is stored, said on the rule's page, and stands in its form again."""
    readers, press = lists
    french, nobody = segment(house, "French", FRENCH), segment(house, "Others", {"not": FRENCH})
    chosen = {"without": [str(press.id)], "segments": [str(french.id)], "without_segments": [str(nobody.id)]}
    answer = send_form(campaigner, NEW, people=f"list:{readers.id}", **chosen)
    assert answer.status_code == 303
    assert audience() == Audience.of(house.id, [readers.id], [press.id], [french.id], [nobody.id])
    with db.reading():
        origin = session.scalars(select(Mailing.origin)).one()
    page = campaigner.get(f"/studio/centre/rules/{origin.removeprefix('rule:')}").text
    assert "Readers, but nobody on Press; only “French”; nobody of “Others”" in page
    assert page.count(" checked") >= 3


def test_a_group_is_narrowed_too(campaigner: FlaskClient, house: Brand, lists: tuple[MailingList, MailingList]) -> None:
    """Of those who are registered, only those who also meet the segment: it entitles nobody by itself."""
    french = segment(house, "French", FRENCH)
    assert send_form(campaigner, NEW, people="group:registered", segments=[str(french.id)]).status_code == 303
    register(house, 2)
    comes = register(house, 1, language="fr")
    with db.writing():
        make_people(house, 1, [lists[0]], "fr")
    chosen = audience()
    with db.reading():
        assert chosen.count() == 1
        assert chosen.why(comes[0]) is not None


def test_what_is_chosen_cannot_be_left_out_as_well(
    campaigner: FlaskClient, house: Brand, lists: tuple[MailingList, MailingList]
) -> None:
    readers, _press = lists
    french = segment(house, "French", FRENCH)
    both = {"segments": [str(french.id)], "without_segments": [str(french.id)]}
    refusals = [
        ({"without": [str(readers.id)]}, "cannot be both chosen and left out"),
        (both, "cannot be both chosen and left out"),
        ({"segments": ["999999"]}, "not a valid choice"),
    ]
    for typed, words in refusals:
        answer = send_form(campaigner, NEW, people=f"list:{readers.id}", **typed)
        assert (answer.status_code, words in answer.text.lower()) == (422, True), typed


def test_a_chaser_reaches_only_those_who_have_not_had_the_invitation(
    house: Brand, lists: tuple[MailingList, MailingList], installation: Settings
) -> None:
    """Asked when it is due: who joined after the invitation gets it, and nobody has both."""
    readers, _press = lists
    with db.writing():
        early = make_people(house, 2, [readers])
    to_readers = Audience.of(house.id, [readers.id])
    invitation = rule_for(house, "Invitation", to_readers, Offset(minutes=-60 * 24 * 14))
    had = segment(house, "Had the invitation", {"condition": "rule", "facts": {"rule": invitation}})
    chased = Audience.of(house.id, [readers.id], without_segments=[had.id])
    rule_for(house, "Chaser", chased, Offset(minutes=-60 * 24 * 7))
    with clock.frozen(START - timedelta(days=14)):
        fire_rules(clock.now(), installation)
    assert got(house, "Invitation") == set(early)
    with db.writing():
        late = make_people(house, 1, [readers])
    with clock.frozen(START - timedelta(days=7)):
        fire_rules(clock.now(), installation)
    assert got(house, "Chaser") == set(late)


def test_a_rule_whose_segment_cannot_be_asked_is_not_switched_on(
    campaigner: FlaskClient, house: Brand, lists: tuple[MailingList, MailingList], installation: Settings
) -> None:
    """The page says why; one that was on sends to nobody, and says why as well."""
    readers, _press = lists
    with db.writing():
        make_people(house, 1, [readers])
    sent = rule_for(house, "Invitation", Audience.of(house.id, [readers.id]), Offset(minutes=-60 * 24 * 14))
    had = segment(house, "Had the invitation", {"condition": "rule", "facts": {"rule": sent}})
    uid = rule_for(house, "Again", Audience.of(house.id, [readers.id], segments=[had.id]), Offset(minutes=-60 * 24 * 7))
    with clock.frozen(START - timedelta(days=14)):
        fire_rules(clock.now(), installation)
    with db.writing():
        session.execute(update(Message).values(final={"groups": {}}))
    page = f"/studio/centre/rules/{uid}"
    assert "is not kept any more" in campaigner.get(page).text
    with clock.frozen(START - timedelta(days=7)):
        fire_rules(clock.now(), installation)
        assert "Not sent: " in campaigner.get(page).text
        token = hidden(campaigner.get(page).text, "form_token")
        campaigner.post(f"{page}/off", data={"form_token": token})
        campaigner.post(f"{page}/on", data={"form_token": token})
    with db.reading():
        assert rule_by_uid(house.id, uid).armed_at is None
