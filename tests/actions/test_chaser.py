"""Mail for those who have not signed: whoever signs a moment before gets none, by the order of the commits."""

from __future__ import annotations

import random
import time
from itertools import count

import pytest
from flask.testing import FlaskClient

from mobilize.actions.acting import Given
from mobilize.actions.acts import act_from_mail, held_call
from mobilize.actions.models import CallToAction
from mobilize.audiences import audience, pages
from mobilize.core import db
from mobilize.core.settings import Settings
from mobilize.delivery.models import DeliveryState
from mobilize.mailings import launch
from mobilize.mailings.launch import launch_due
from mobilize.mailings.progress import progress_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.organisations.queries import Brand
from tests.actions.conftest import make_petition
from tests.actions.test_from_the_mail import make_mailing, make_readers, own_link
from tests.mailings.test_launch import at_once, rows
from tests.signup.visiting import press

PAGE = 20


def make_chaser(house: Brand, ended_by: str) -> str:
    """A mailing to the newsletter's readers who have not acted."""
    return make_mailing(house, {"type": "text", "markdown": "Have you signed?"}, ended_by=ended_by)


def sign_from_mail(client: FlaskClient, house: Brand, person: int) -> None:
    assert press(client, own_link(house, person)).status_code == 303


@pytest.mark.parametrize("by", ["action", "case"])
def test_who_has_signed_gets_none(client: FlaskClient, house: Brand, by: str) -> None:
    """Before the launch they are not in it; afterwards their copy ends with their act, and nobody else's."""
    with db.writing():
        row = make_petition(house, about="campaign:some-case")
        ref = row.ref if by == "action" else row.about
        first, second, third = make_readers(house, 3)
    uid, other = make_chaser(house, ref), make_chaser(house, "action:another")
    sign_from_mail(client, house, first)
    launch_due()
    assert rows(uid) == {second: DeliveryState.PENDING, third: DeliveryState.PENDING}
    sign_from_mail(client, house, second)
    assert rows(uid) == {second: DeliveryState.REVOKED, third: DeliveryState.PENDING}
    assert set(rows(other).values()) == {DeliveryState.PENDING}
    with db.reading():
        assert progress_of(mailing_anywhere(uid)).revoked == 1


def test_the_audience_page_offers_it_and_counts_without_them(
    campaigner: FlaskClient, client: FlaskClient, house: Brand
) -> None:
    with db.writing():
        ref = make_petition(house).ref
        first, *_others = make_readers(house, 3)
    uid = make_chaser(house, ref)
    sign_from_mail(client, house, first)
    with db.reading():
        row = mailing_anywhere(uid)
        assert row.to_whom.count() == 2
        assert row.to_whom.describe() == "Newsletter who have not signed: Open the square"
        assert row.to_whom.why(first) is None
    page = campaigner.get(f"/studio/city/mailings/{uid}/audience").text
    assert "Not for those who have signed" in page
    assert "2 people" in page


@pytest.mark.timeout(600)
def test_nobody_who_signed_is_waiting(house: Brand, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of many signs while the chaser is launched page by page; who did not sign is still to be mailed."""
    people = 1_000 if settings.database_url.startswith("sqlite") else 100
    with db.writing():
        row: CallToAction = make_petition(house)
        action_id, signing = row.id, make_readers(house, people)
        staying, ref = make_readers(house, 5), row.ref
    uid = make_chaser(house, ref)
    # In nearly the order of the launch's pages, so that the two stay side by side.
    signing.sort(key=lambda one: one + random.Random(one).randrange(100))
    signed: list[int] = []

    def everyone_signs() -> None:
        for one in signing:
            with db.writing():
                act_from_mail(held_call(action_id), one, Given("Somebody"))
            signed.append(one)

    add, pages_added = launch._add_next_page, count()

    def side_by_side(mailing_id: int) -> bool:
        """The next page, once about as many people have signed as are prepared."""
        wanted = min(next(pages_added) * PAGE, people)
        while len(signed) < wanted:
            time.sleep(0.001)
        return add(mailing_id)

    monkeypatch.setattr(audience, "next_page", lambda *where, **_size: pages.next_page(*where, size=PAGE))
    monkeypatch.setattr(launch, "_add_next_page", side_by_side)
    at_once(launch_due, everyone_signs)
    found = rows(uid)
    assert len(staying) < len(found) < people + len(staying), "nobody raced: all signed before or after the launch"
    assert {found[one] for one in signing if one in found} <= {DeliveryState.REVOKED}
    assert {one for one, state in found.items() if state is DeliveryState.PENDING} == set(staying)
    with db.reading():
        progress = progress_of(mailing_anywhere(uid))
        assert progress.audience == progress.pending + progress.revoked == len(found)
