"""A mailing becomes the start of another one; a draft goes away."""

from __future__ import annotations

from collections.abc import Callable

from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.mailings.queries import mailing_anywhere, newest_page
from tests.mailings.conftest import Campaigner, House


def test_a_mailing_is_duplicated(house: House, campaigner: Campaigner) -> None:
    """The copy is a draft with the same texts, lists and sender; changing it leaves the first as it is."""
    uid = house.mailing()
    campaigner.post(f"{house.base}/{uid}/send", when="now")
    answer = campaigner.post(f"{house.base}/{uid}/copy")
    assert answer.status_code == 303
    made = answer.headers["Location"].split("/")[-2]
    campaigner.post(f"{house.base}/{made}/content", f"{house.base}/{made}/content/en", subject="Another")
    with db.reading():
        first, copy = mailing_anywhere(uid), mailing_anywhere(made)
        assert (copy.name, copy.state) == ("Copy of December letter", "draft")
        assert (copy.to_whom, copy.sender_address) == (first.to_whom, first.sender_address)
        assert copy.content["fr"] == first.content["fr"]
        assert first.content["en"]["subject"] != copy.content["en"]["subject"] == "Another"


def test_a_draft_is_deleted_after_a_question(house: House, campaigner: Campaigner) -> None:
    """The page asks; the press deletes, and the list no longer has it."""
    page = f"{house.base}/{house.mailing()}"
    assert "Delete this draft?" in campaigner.get(f"{page}/delete")
    assert campaigner.post(f"{page}/delete").status_code == 303
    campaigner.get(f"{page}/content", status=404)
    with db.reading():
        assert newest_page(house.row.id).mailings == ()


def test_what_is_scheduled_is_not_deleted(house: House, campaigner: Campaigner) -> None:
    """It is taken back first."""
    page = f"{house.base}/{house.mailing()}"
    campaigner.post(f"{page}/send", when="now", hold="y")
    campaigner.get(f"{page}/delete", status=409)
    assert campaigner.post(f"{page}/send", f"{page}/delete").status_code == 409
    assert "Delete this draft" not in campaigner.get(f"{page}/send")


def test_a_viewer_neither_copies_nor_deletes(house: House, sign: Callable[[Role], Campaigner]) -> None:
    """Neither by the pages nor by posting to them."""
    page, viewer = f"{house.base}/{house.mailing()}", sign(Role.VIEWER)
    for verb in ("copy", "delete"):
        viewer.get(f"{page}/{verb}", status=403)
        assert viewer.post(f"{page}/content", f"{page}/{verb}").status_code == 403
        assert f"/{verb}" not in viewer.get(f"{page}/content")
