"""Copies of which nobody knows whether they arrived: all are listed, page by page and as a file, and sent by choice."""

from __future__ import annotations

import csv
import re

import pytest
from sqlalchemy import select, update

from mobilize.core import db
from mobilize.core.db import session
from mobilize.delivery.models import Delivery, DeliveryState
from mobilize.mailings import unclear
from mobilize.mailings.models import Mailing
from tests.mailings.conftest import Campaigner, House
from tests.mailings.postman import Postman


@pytest.fixture
def page(house: House, campaigner: Campaigner, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> str:
    """A mailing that left, with five copies in doubt; two are shown on a page."""
    monkeypatch.setattr(unclear, "PAGE", 2)
    monkeypatch.setattr(unclear, "STEP", 2)
    uid = house.mailing()
    campaigner.post(f"{house.base}/{uid}/send", when="now")
    postman.launch()
    postman.deliver()
    with db.writing():
        message = session.scalars(select(Mailing.message_id).where(Mailing.uid == uid)).one()
        doubt = {"state": DeliveryState.UNKNOWN, "reason": "worker-lost"}
        session.execute(update(Delivery).where(Delivery.message_id == message).values(**doubt))
    return f"{house.base}/{uid}"


def chosen_on(shown: str) -> list[str]:
    return re.findall(r'name="copy" value="(\d+)"', shown)


def pages(campaigner: Campaigner, url: str) -> list[str]:
    """Every page of the list, one after the other."""
    shown = campaigner.get(url)
    following = re.search(r'href="([^"]*[?&]after=\d+)"', shown)
    return [shown, *(pages(campaigner, following[1]) if following else [])]


def test_all_of_them_are_listed_page_by_page(page: str, campaigner: Campaigner) -> None:
    """Each once, masked, with its Message-ID; the page says that most have arrived."""
    found = pages(campaigner, f"{page}/unclear")
    assert [len(chosen_on(shown)) for shown in found] == [2, 2, 1]
    assert len({one for shown in found for one in chosen_on(shown)}) == 5
    assert all("Most of these have usually arrived" in shown for shown in found)
    assert "p•••@r•••.org" in found[0]


def test_all_of_them_are_in_the_file(page: str, campaigner: Campaigner, postman: Postman) -> None:
    """The Message-IDs are those of the mails that left."""
    answer = campaigner.client.get(f"{page}/unclear/file.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert {f"<{row['message_id']}>" for row in rows} == {str(mail["Message-ID"]) for mail in postman.mails}
    assert len(rows) == 5
    assert "@reader" not in answer.text


def test_the_chosen_ones_are_sent_again(page: str, campaigner: Campaigner, postman: Postman) -> None:
    """Nobody else; choosing nobody sends nothing, a copy of another mailing is none of this one."""
    first, second = chosen_on(campaigner.get(f"{page}/unclear"))
    campaigner.post(f"{page}/unclear", which="chosen")
    postman.deliver()
    assert len(postman.mails) == 5
    campaigner.post(f"{page}/unclear", which="chosen", copy=[first, "999999"])
    postman.deliver()
    assert len(postman.mails) == 6
    assert first not in chosen_on(campaigner.get(f"{page}/unclear"))
    assert second in chosen_on(campaigner.get(f"{page}/unclear"))


def test_all_are_sent_again_by_one_button(page: str, campaigner: Campaigner, postman: Postman) -> None:
    """Whatever is ticked."""
    campaigner.post(f"{page}/unclear", which="all", copy=chosen_on(campaigner.get(f"{page}/unclear"))[:1])
    postman.deliver()
    assert len(postman.mails) == 10
    assert "No copy is unclear." in campaigner.get(f"{page}/unclear")


@pytest.mark.parametrize("value", ["x", "-1", "1" * 30, "٣"])
def test_an_odd_number_is_not_found(page: str, campaigner: Campaigner, value: str) -> None:
    """In the address and in the form."""
    assert campaigner.client.get(f"{page}/unclear", query_string={"after": value}).status_code == 404
    assert campaigner.post(f"{page}/unclear", which="chosen", copy=value).status_code == 404
