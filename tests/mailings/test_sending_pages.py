"""Letting a mailing leave from the studio, steering it, and watching it, down to the mail as received."""

from __future__ import annotations

from datetime import timedelta

import lxml.html
import pytest
from sqlalchemy import select, update

from mobilize.core import clock, db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.delivery.models import Delivery, DeliveryState
from mobilize.delivery.rates.pacing import PACED
from mobilize.delivery.sending import upkeep
from mobilize.mailings.models import Mailing
from mobilize.mailings.progress import progress_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.mailings.rules import minutes_left
from tests.mailings.conftest import CONTENT, Campaigner, House
from tests.mailings.postman import Postman, text_of


def state(uid: str) -> str:
    with db.reading():
        return progress_of(mailing_anywhere(uid)).state.value


def actions(uid: str) -> list[str]:
    with db.reading():
        found = select(AuditEntry.action).where(AuditEntry.subject == f"mailing:{uid}").order_by(AuditEntry.id)
        return list(session.scalars(found))


def test_sent_now_each_person_gets_one_copy_in_their_language(
    house: House, campaigner: Campaigner, postman: Postman
) -> None:
    """Press, tick, worker: five people, one copy each, French for those who chose French or Belgian French."""
    uid = house.mailing()
    page = f"{house.base}/{uid}/send"
    assert "Send to 5 people" in campaigner.get(page)
    assert campaigner.post(page, when="now").status_code == 303
    assert state(uid) == "scheduled"
    postman.launch()
    assert state(uid) == "sending"
    postman.deliver()
    assert state(uid) == "finished"
    assert len(set(postman.recipients)) == len(postman.recipients) == 5
    french = [mail for mail in postman.mails if "Cher " in text_of(mail)]
    english = [mail for mail in postman.mails if "{{7*7}}" in text_of(mail)]
    assert (len(french), len(english)) == (2, 3)
    assert {mail["Subject"] for mail in french} == {"La paix"}
    assert all("/u/" in text_of(mail) for mail in postman.mails)
    report = campaigner.get(f"{house.base}/{uid}/report")
    assert "https://example.org/programme" in report
    assert "hx-get" not in campaigner.get(f"{house.base}/{uid}/progress")
    assert actions(uid) == ["mailing.created", "mailing.scheduled", "mailing.launched", "mailing.prepared"]


def test_the_page_follows_the_departure(house: House, campaigner: Campaigner, postman: Postman) -> None:
    """After the press the page watches, and is loaded anew once the mailing has left; far from its moment it rests."""
    uid = house.mailing()
    page, watched = f"{house.base}/{uid}/send", f"{house.base}/{uid}/progress?waits=yes"
    campaigner.post(page, when="at", at=(clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"))
    assert "hx-get" not in campaigner.get(page)
    campaigner.post(page, when="now")
    assert watched in campaigner.get(page)
    waiting = campaigner.client.get(watched)
    assert (waiting.status_code, waiting.headers.get("HX-Refresh")) == (204, None)
    postman.launch()
    assert campaigner.client.get(watched).headers["HX-Refresh"] == "true"


def test_sent_at_a_local_time(house: House, campaigner: Campaigner, postman: Postman) -> None:
    """The zone is named, the tick waits for the moment, and a time that was skipped is refused."""
    uid = house.mailing()
    page = f"{house.base}/{uid}/send"
    soon = clock.now() + timedelta(days=1)
    assert campaigner.post(page, when="at", at=soon.strftime("%Y-%m-%dT%H:%M")).status_code == 303
    shown = campaigner.get(page)
    assert "(Brussels)" in shown
    assert "Take it back" in shown
    postman.launch()
    assert state(uid) == "scheduled"
    with clock.frozen(soon + timedelta(hours=3)):
        postman.launch()
    assert state(uid) == "sending"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"when": "at"}, "Fill this in"),
        ({"when": "at", "at": "2020-01-01T10:00"}, "This time has passed"),
        ({"when": "at", "at": "tomorrow"}, "Not a valid datetime"),
        ({"when": "at", "at": "0001-01-01T00:00"}, "Choose a year from"),
        ({"when": "at", "at": "9999-12-31T23:59"}, "Choose a year from"),
        ({"when": "never"}, "Not a valid choice"),
        ({}, "Fill this in"),
    ],
)
def test_a_time_that_cannot_be_used_is_refused(
    house: House, campaigner: Campaigner, values: dict[str, str], words: str
) -> None:
    """The form comes back with the reason, and the mailing stays a draft."""
    uid = house.mailing()
    answer = campaigner.post(f"{house.base}/{uid}/send", **values)
    assert answer.status_code == 422
    assert words in answer.text
    assert state(uid) == "draft"


def test_the_minute_is_held_unless_it_is_unticked(house: House, campaigner: Campaigner) -> None:
    """The box is ticked on the page; held, the page counts seconds, has one main button and says what each does."""
    page = f"{house.base}/{house.mailing()}/send"
    document = lxml.html.document_fromstring(campaigner.get(page))
    assert document.xpath("//input[@name='hold']/@checked")
    assert "Schedule for the chosen time" in document.text_content()
    with clock.frozen(clock.now()):
        campaigner.post(page, when="now", hold="y")
        document = lxml.html.document_fromstring(campaigner.get(page))
    assert document.xpath("//@data-countdown") == ["60"]
    assert "60 seconds until it is sent" in " ".join(document.text_content().split())
    main = document.xpath("//main//*[contains(concat(' ', @class, ' '), ' button ')]")
    assert [one.text_content().strip() for one in main if one.get("class").strip() == "button"] == ["Take it back"]
    assert "makes it a draft again" in document.text_content()
    assert "ends it for good" in document.text_content()


def test_held_for_a_minute_it_can_be_taken_back(house: House, campaigner: Campaigner, postman: Postman) -> None:
    """Nobody has it until the minute has passed."""
    uid = house.mailing()
    page = f"{house.base}/{uid}"
    campaigner.post(f"{page}/send", when="now", hold="y")
    postman.launch()
    assert state(uid) == "scheduled"
    campaigner.post(f"{page}/send", f"{page}/take-back")
    with clock.frozen(clock.now() + timedelta(hours=1)):
        postman.launch()
    assert state(uid) == "draft"
    campaigner.post(f"{page}/send", f"{page}/take-back")
    assert "This mailing is a draft: it cannot be taken back now" in campaigner.get(f"{page}/send")
    postman.deliver()
    assert postman.mails == []


def test_paused_nobody_gets_it_resumed_everybody_does(house: House, campaigner: Campaigner, postman: Postman) -> None:
    """The buttons follow the state; a press that came too late says so."""
    uid = house.mailing()
    page = f"{house.base}/{uid}"
    campaigner.post(f"{page}/send", when="now")
    postman.launch()
    campaigner.post(f"{page}/send", f"{page}/pause")
    postman.deliver()
    assert (state(uid), postman.mails) == ("paused", [])
    assert "Resume" in campaigner.get(f"{page}/send")
    campaigner.post(f"{page}/send", f"{page}/pause")
    assert "This mailing is paused: it cannot be paused now" in campaigner.get(f"{page}/send")
    campaigner.post(f"{page}/send", f"{page}/resume")
    postman.deliver()
    assert (state(uid), len(postman.mails)) == ("finished", 5)


def test_cancelled_those_who_wait_get_nothing(house: House, campaigner: Campaigner, postman: Postman) -> None:
    """Asked first, with and without scripts; every copy is accounted for."""
    uid = house.mailing()
    page = f"{house.base}/{uid}"
    campaigner.post(f"{page}/send", when="now")
    postman.launch()
    assert "5 people who still wait will not get it" in campaigner.get(f"{page}/cancel")
    campaigner.post(f"{page}/cancel")
    postman.deliver()
    assert (state(uid), postman.mails) == ("cancelled", [])
    with db.reading():
        found = progress_of(mailing_anywhere(uid))
        assert (found.audience, found.revoked) == (5, 5)
    assert campaigner.client.get(f"{page}/cancel").status_code == 303


def test_a_mailing_with_errors_is_kept_here(house: House, campaigner: Campaigner) -> None:
    """An empty subject: the page says what to mend instead of offering the button."""
    content = {**CONTENT, "languages": {"en": {"subject": "", "blocks": []}}}
    uid = house.mailing(content)
    page = f"{house.base}/{uid}/send"
    shown = campaigner.get(page)
    assert "The subject is empty" in shown
    assert "There is nothing to read yet" in shown
    assert "Send to" not in shown
    assert campaigner.post(f"{house.base}/{uid}/audience", page, when="now").status_code == 422
    assert state(uid) == "draft"


def test_unclear_copies_are_listed_and_sent_again_on_purpose(
    house: House, campaigner: Campaigner, postman: Postman
) -> None:
    """A server that hung up after the final dot: masked, counted, one press to send again."""
    uid = house.mailing()
    page = f"{house.base}/{uid}"
    campaigner.post(f"{page}/send", when="now")
    postman.launch()
    postman.deliver()
    with db.writing():
        message = session.scalars(select(Mailing.message_id).where(Mailing.uid == uid)).one()
        first = session.scalars(select(Delivery.id).where(Delivery.message_id == message).limit(1)).one()
        session.execute(update(Delivery).where(Delivery.id == first).values(state=DeliveryState.UNKNOWN))
    shown = campaigner.get(f"{page}/send")
    assert "1 copy may or may not have arrived" in shown
    assert "Most of these have usually arrived" in shown
    campaigner.post(f"{page}/send", f"{page}/again")
    postman.deliver()
    assert (state(uid), len(postman.mails)) == ("finished", 6)
    assert "mailing.unclear-sent-again" in actions(uid)


def test_what_was_sent_never_changes(house: House, campaigner: Campaigner, postman: Postman) -> None:
    """After launch content and audience cannot be changed, and the page shows what was frozen."""
    uid = house.mailing()
    page = f"{house.base}/{uid}"
    campaigner.post(f"{page}/send", when="now")
    token_page = f"{house.base}/{house.mailing()}/content"
    postman.launch()
    refused = campaigner.post(token_page, f"{page}/content", content=campaigner.get(f"{page}/content.json"))
    assert refused.status_code == 409
    with db.writing():
        session.execute(update(Mailing).where(Mailing.uid == uid).values(content={"en": {}, "fr": {}}))
    assert "Two weeks of peace" in campaigner.get(f"{page}/preview/en")


def end_as(uid: str, *ends: dict[str, object]) -> None:
    """Write what became of a mailing's copies, in order."""
    with db.writing():
        message = session.scalars(select(Mailing.message_id).where(Mailing.uid == uid)).one()
        rows = session.scalars(select(Delivery.id).where(Delivery.message_id == message).order_by(Delivery.id)).all()
        for row, values in zip(rows, ends, strict=True):
            session.execute(update(Delivery).where(Delivery.id == row).values(**values))
    upkeep.finish(clock.now())


def test_sent_does_not_hide_that_most_failed(house: House, campaigner: Campaigner, postman: Postman) -> None:
    """The mailing, the list and the home say so, and they are sent again once the cause is mended."""
    uid = house.mailing()
    page = f"{house.base}/{uid}"
    campaigner.post(f"{page}/send", when="now")
    postman.launch()
    refused = {"state": DeliveryState.FAILED, "reason": "refused"}
    end_as(uid, refused, refused, refused, {"state": DeliveryState.ACCEPTED}, {"state": DeliveryState.ACCEPTED})
    assert state(uid) == "finished"
    shown = campaigner.get(f"{page}/send")
    assert "Most copies were refused" in shown
    assert "All recipients accounted for" not in shown
    for place in (f"{page}/send", house.base + "/"):
        assert "Sent, but most failed" in campaigner.get(place)
    home = campaigner.get(f"/studio/{house.row.slug}/")
    assert "3 people did not get it: most copies were refused" in home
    campaigner.post(f"{page}/send", f"{page}/again-refused")
    postman.deliver()
    assert (state(uid), len(postman.mails)) == ("finished", 3)
    assert "Most copies were refused" not in campaigner.get(f"{page}/send")
    assert "mailing.refused-sent-again" in actions(uid)


def test_who_waits_for_the_pace_is_not_being_tried_again(
    house: House, campaigner: Campaigner, postman: Postman
) -> None:
    """A limit slows it: they wait, with the minutes that it takes; only a refusal makes it "trying again"."""
    uid = house.mailing()
    page = f"{house.base}/{uid}"
    campaigner.post(f"{page}/send", when="now")
    postman.launch()
    paced = {"state": DeliveryState.DEFERRED, "reason": PACED, "attempts": 0, "next_at": clock.now()}
    sent = {"state": DeliveryState.ACCEPTED, "changed_at": clock.now()}
    with db.writing():
        launched = clock.now() - timedelta(minutes=5)
        session.execute(update(Mailing).where(Mailing.uid == uid).values(launched_at=launched))
    end_as(uid, paced, paced, paced, paced, sent)
    shown = " ".join(campaigner.get(f"{page}/send").split())
    assert "4 people still wait, about 4 minutes left" in shown
    assert "Trying again" not in shown
    with db.reading():
        found = progress_of(mailing_anywhere(uid))
        assert (found.pending, found.deferred) == (4, 0)
    later = {**paced, "reason": "later", "attempts": 1}
    end_as(uid, later, paced, paced, paced, sent)
    assert "Trying again" in campaigner.get(f"{page}/send")


@pytest.mark.parametrize(
    ("waiting", "lately", "seconds", "minutes"),
    [(198, 99, 600, 2), (199, 99, 600, 3), (10, 10, 6, 1), (0, 5, 60, None), (5, 0, 60, None)],
)
def test_minutes_left(waiting: int, lately: int, seconds: int, minutes: int | None) -> None:
    """Rounded up, at the pace of the last minute or of the shorter time since it began."""
    assert minutes_left(waiting, lately, timedelta(seconds=seconds)) == minutes
