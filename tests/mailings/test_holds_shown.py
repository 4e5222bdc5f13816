"""The page of a mailing says every cause that holds it, each with what ends it."""

from __future__ import annotations

from mobilize.core import db
from mobilize.core.db import session
from mobilize.delivery.messages import hold_message
from mobilize.delivery.models import HoldCause
from mobilize.delivery.sending.endings import halt_message
from mobilize.mailings.queries import mailing_anywhere, state_of
from tests.mailings.conftest import Campaigner, House
from tests.mailings.postman import Postman


def held_mailing(house: House, campaigner: Campaigner, postman: Postman) -> str:
    """One that a colleague paused, a mail server refused, and a gate holds."""
    uid = house.mailing()
    page = f"{house.base}/{uid}"
    campaigner.post(f"{page}/send", when="now")
    postman.launch()
    campaigner.post(f"{page}/send", f"{page}/pause")
    with db.writing():
        message_id = mailing_anywhere(uid).message_id
        assert message_id
        halt_message(session.connection(), message_id, "550 5.7.1 no relay")
        hold_message(message_id, HoldCause.GATE, "The hall is not confirmed")
    return uid


def test_the_page_says_every_cause(house: House, campaigner: Campaigner, postman: Postman) -> None:
    """Each press ends one of them; what is left goes on holding it, and home says it too."""
    uid = held_mailing(house, campaigner, postman)
    page = f"{house.base}/{uid}"
    shown = campaigner.get(f"{page}/send")
    for words in ("550 5.7.1 no relay", "The hall is not confirmed", "Nobody else gets it until you resume", "Since "):
        assert words in shown
    home = campaigner.get(f"/studio/{house.row.slug}/")
    assert "Stopped by itself: 550 5.7.1 no relay The hall is not confirmed" in home.replace(
        "Paused. Nobody gets it until you resume. ", ""
    )
    campaigner.post(f"{page}/send", f"{page}/resume")
    shown = campaigner.get(f"{page}/send")
    assert ("550 5.7.1 no relay" in shown, "until you resume" in shown) == (True, False)
    campaigner.post(f"{page}/send", f"{page}/resume")
    assert "550 5.7.1 no relay" in campaigner.get(f"{page}/send")
    campaigner.post(f"{page}/send", f"{page}/resume-refused")
    shown = campaigner.get(f"{page}/send")
    assert ("550 5.7.1 no relay" in shown, "The hall is not confirmed" in shown) == (False, True)
    postman.deliver()
    assert postman.mails == []
    with db.reading():
        assert state_of(mailing_anywhere(uid)) == "paused"
