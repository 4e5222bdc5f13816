"""A campaigner sends themselves a test of a mailing, and reads it at the server that got it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import func, select

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.delivery.models import Link, Message, Stream
from mobilize.mailings import trial_views
from mobilize.organisations.models import Organisation
from mobilize.subscribers.models import Subscription, SubscriptionState
from tests.mailings.conftest import CONTENT, Campaigner, House
from tests.mailings.postman import Postman, text_of

EMPTY = {**CONTENT, "languages": {**CONTENT["languages"], "fr": {"subject": "", "preheader": "", "blocks": []}}}


def received(postman: Postman) -> list[EmailMessage]:
    postman.deliver(Stream.TRANSACTIONAL)
    return postman.mails


def messages() -> int:
    with db.reading():
        return session.scalar(select(func.count(Message.id))) or 0


def test_the_test_is_the_mailing_under_a_marked_subject(house: House, campaigner: Campaigner, postman: Postman) -> None:
    """In the language and for the reader that were chosen, from the mailing's sender, to the campaigner alone."""
    page = f"{house.base}/{house.mailing()}/test"
    answer = campaigner.post(page, language="en", first_name="Zoë", last_name="Ndiaye")
    assert answer.status_code == 303
    (mail,) = received(postman)
    assert mail["Subject"] == "[Test] Peace for Zoë"
    assert mail["From"] == "The city <news@city.example.org>"
    assert re.fullmatch(r"Amina Benali <staff-\d+@example\.org>", mail["To"])
    assert mail["List-Unsubscribe"] is None
    assert "Dear Zoë, {{7*7}} programme <https://example.org/programme>" in " ".join(text_of(mail).split())
    with db.reading():
        assert session.scalar(select(func.count(Link.id))) == 0
        assert session.scalars(select(Message.organisation_id)).one() == house.row.id


def test_each_language_is_tested_and_a_reader_without_a_name(
    house: House, campaigner: Campaigner, postman: Postman
) -> None:
    """The fallback stands where the name is missing, as readers would get it; a double click is one email."""
    page = f"{house.base}/{house.mailing()}/test"
    campaigner.post(page, language="fr", first_name="", last_name="")
    token = re.search(r'name="form_token"[^>]*value="([^"]+)"', campaigner.get(page))
    assert token is not None
    for _press in range(2):
        campaigner.client.post(page, data={"language": "en", "form_token": token[1]})
    french, english = sorted(received(postman), key=lambda mail: str(mail["Subject"]))
    assert (french["Subject"], english["Subject"]) == ("[Test] La paix", "[Test] Peace for you")
    assert "Cher ami, bonjour" in text_of(french)


def test_links_of_a_test_unsubscribe_nobody(house: House, campaigner: Campaigner, postman: Postman) -> None:
    """They lead to the page of the test, which says so; every subscription stays."""
    page = f"{house.base}/{house.mailing()}/test"
    campaigner.post(page, language="en", first_name="Zoë")
    (mail,) = received(postman)
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    ours = {url for url in re.findall(r'href="([^"]+)"', html) if "example.org" not in url}
    assert len(ours) == 1
    (where,) = ours
    assert where.endswith(page)
    assert not re.search(r"/[up]/[A-Za-z0-9_-]{20,}", html + text_of(mail))
    assert "nobody is unsubscribed" in campaigner.get(page)
    with db.reading():
        assert set(session.scalars(select(Subscription.state))) == {SubscriptionState.SUBSCRIBED}


def test_what_was_sent_is_tested_as_it_was_frozen(house: House, campaigner: Campaigner, postman: Postman) -> None:
    """After the launch a test shows what readers got."""
    uid = house.mailing()
    campaigner.post(f"{house.base}/{uid}/send", when="now")
    assert postman.launch() == 1
    assert campaigner.post(f"{house.base}/{uid}/test", language="en").status_code == 303
    assert [mail["Subject"] for mail in received(postman)] == ["[Test] Peace for you"]


@pytest.mark.parametrize(("language", "words"), [("fr", "no subject or no text"), ("nl", "Not a valid choice")])
def test_a_language_without_words_is_refused(house: House, campaigner: Campaigner, language: str, words: str) -> None:
    """Beside the field; no email is written."""
    answer = campaigner.post(f"{house.base}/{house.mailing(EMPTY)}/test", language=language)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert messages() == 0


def test_tests_have_a_limit(house: House, campaigner: Campaigner, monkeypatch: pytest.MonkeyPatch) -> None:
    """For each campaigner: the one after it is refused in words."""
    monkeypatch.setattr(trial_views, "PER_HOUR", "1/hour")
    page = f"{house.base}/{house.mailing()}/test"
    assert campaigner.post(page, language="en").status_code == 303
    refused = campaigner.post(page, language="fr")
    assert (refused.status_code, "many tests within an hour" in refused.text) == (422, True)
    assert messages() == 1


def test_the_demonstration_tests_nothing_over_a_real_server(house: House, campaigner: Campaigner, app: Flask) -> None:
    """Where mail can leave the machine, its mailings stay on it."""
    with db.writing():
        session.get_one(Organisation, house.row.id).is_demonstration = True
    page = f"{house.base}/{house.mailing()}/test"
    assert campaigner.post(page, language="en").status_code == 303
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], smtp_url="smtp://mail.example.org:25")
    refused = campaigner.post(page, language="fr")
    assert (refused.status_code, "sends no email to the world" in refused.text) == (422, True)
    assert messages() == 1


def test_content_and_check_lead_to_it_and_viewers_do_not_see_it(
    house: House, sign: Callable[[Role], Campaigner]
) -> None:
    """From the content with the language shown, saving what was typed first."""
    uid = house.mailing()
    base, viewer = f"{house.base}/{uid}", sign(Role.VIEWER)
    for step in ("content?language=fr", "check"):
        assert "/test" not in viewer.get(f"{base}/{step}")
    viewer.get(f"{base}/test", status=403)
    campaigner = sign(Role.CAMPAIGNER)
    assert f'name="then" value="{base}/test?language=fr"' in campaigner.get(f"{base}/content?language=fr")
    assert f'href="{base}/test"' in campaigner.get(f"{base}/check")
