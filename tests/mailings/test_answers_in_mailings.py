"""A mailing shows a reader's own short answer as ``{{field|other words}}``, looked up when the mail is rendered."""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from mobilize.core import db
from mobilize.core.db import session
from mobilize.delivery.models import Content, Delivery
from mobilize.mailings import service
from mobilize.mailings.checks import problems_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.questions.answering import answer, erase_answers
from mobilize.questions.models import QuestionKind
from mobilize.questions.queries import as_asked, question_row
from mobilize.questions.rules import Value, own_fields
from mobilize.questions.service import ChoiceFacts, QuestionFacts, change_question, create_question
from mobilize.subscribers.models import Subscription
from tests.factories import make_organisation
from tests.mailings.conftest import CONTENT, Campaigner, House
from tests.mailings.postman import Postman, text_of

COLOURS = ({"en": "Red", "fr": "Rouge"}, {"en": "Blue", "fr": "Bleu"})
KINDS = {
    "town": QuestionKind.SHORT_TEXT,
    "born": QuestionKind.DATE,
    "guests": QuestionKind.NUMBER,
    "land": QuestionKind.COUNTRY,
    "colour": QuestionKind.CHOICE,
    "story": QuestionKind.LONG_TEXT,
    "faith": QuestionKind.SHORT_TEXT,
}
TEXT = "In {{town|your town}}: {{land|–}}, {{born|–}}, {{guests|–}}, {{colour|–}}. {{story|–}} {{faith|–}} {{x|–}}"


@pytest.fixture
def fields(house: House) -> dict[str, int]:
    """The house's fields by short name; ``faith`` is sensitive."""
    owner = own_fields(house.row.id)
    with db.writing():
        return {
            slug: create_question(
                house.row.id,
                owner,
                slug,
                kind,
                QuestionFacts(
                    {"en": slug.capitalize(), "fr": f"{slug} (fr)"},
                    sensitive=slug == "faith",
                    choices=[ChoiceFacts(one) for one in COLOURS] if slug == "colour" else (),
                ),
            ).id
            for slug, kind in KINDS.items()
        }


def content(text: str = TEXT, subject: str = "News for {{town|you}}") -> dict[str, Any]:
    blocks = [{"type": "text", "markdown": text}]
    languages = {code: {"subject": f"{subject} {code}", "preheader": "", "blocks": blocks} for code in ("en", "fr")}
    return {**CONTENT, "languages": languages}


def readers(house: House) -> list[int]:
    """Recipient ids: three English readers, then two French ones."""
    with db.reading():
        on = select(Subscription.recipient_id).where(Subscription.list_id == house.newsletter.id)
        return list(session.scalars(on.order_by(Subscription.recipient_id)))


def give(house: House, fields: dict[str, int], person: int) -> None:
    with db.writing():
        colour = as_asked([question_row(own_fields(house.row.id), "colour")])[0].choices[1].uid
        values: dict[str, Value] = {
            "town": "Ghent <b>",
            "born": date(1998, 2, 1),
            "guests": 2.5,
            "land": "BE",
            "colour": (colour,),
            "story": "a secret story",
            "faith": "a secret faith",
        }
        answer(person, {fields[slug]: value for slug, value in values.items()})


def launched(house: House, postman: Postman, made: dict[str, Any]) -> str:
    uid = house.mailing(made)
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
    postman.launch()
    return uid


def mails_by_subject(postman: Postman) -> dict[str, EmailMessage]:
    return {mail["Subject"]: mail for mail in postman.mails}


def test_each_reader_gets_their_own_answer_in_the_mails_language(house, fields, postman: Postman):
    """Choice, country, date and number in words of the mail's language; who did not answer gets the other words."""
    everyone = readers(house)
    give(house, fields, everyone[0])
    give(house, fields, everyone[-1])
    launched(house, postman, content())
    postman.deliver()
    found = mails_by_subject(postman)
    assert set(found) == {"News for Ghent <b> en", "News for Ghent <b> fr", "News for you en", "News for you fr"}
    assert len(postman.mails) == 5
    assert "In Ghent <b>: Belgium, 1 Feb 1998, 2.5, Blue." in text_of(found["News for Ghent <b> en"])
    assert "In Ghent <b>: Belgique, 1 févr. 1998, 2,5, Bleu." in text_of(found["News for Ghent <b> fr"])
    assert "In your town: –, –, –, –." in text_of(found["News for you en"])
    assert "Ghent &lt;b&gt;" in str(found["News for Ghent <b> en"].get_body(("html",)).get_content())


def test_long_and_sensitive_answers_stand_in_no_mail(house, fields, postman: Postman):
    """What is no merge field goes out as it was typed."""
    give(house, fields, readers(house)[0])
    launched(house, postman, content())
    postman.deliver()
    texts = "".join(text_of(mail) for mail in postman.mails)
    assert "secret" not in texts
    assert "{{story|–}} {{faith|–}} {{x|–}}" in texts


def test_an_answer_that_changes_before_the_mail_leaves_is_shown_as_it_is_then(house, fields, postman: Postman):
    """Nothing of it is kept with the mailing: not in its content, and not in its rows."""
    everyone = readers(house)
    give(house, fields, everyone[0])
    give(house, fields, everyone[1])
    launched(house, postman, content())
    with db.writing():
        kept = [*session.scalars(select(Content.source)), *session.scalars(select(Delivery.facts_sealed))]
        assert "Ghent" not in repr(kept)
        erase_answers(everyone[0])
        answer(everyone[1], {fields["town"]: "Bruges"})
    postman.deliver()
    assert {mail["Subject"] for mail in postman.mails} == {"News for Bruges en", "News for you en", "News for you fr"}


def test_a_field_marked_sensitive_after_the_launch_shows_nothing_more(house, fields, postman: Postman):
    give(house, fields, readers(house)[0])
    launched(house, postman, content())
    with db.writing():
        change_question(fields["town"], QuestionFacts({"en": "Town"}, sensitive=True))
    postman.deliver()
    assert {mail["Subject"] for mail in postman.mails} == {"News for you en", "News for you fr"}


def test_the_check_names_fields_that_are_unknown_and_answers_that_may_be_missing(house, fields):
    """A known field with other words is no problem."""

    def words(text: str) -> str:
        uid = house.mailing(content(text, subject="Hello"))
        with db.reading():
            return "\n".join(one.words for one in problems_of(mailing_anywhere(uid)))

    assert "{{shoe_size|–}} is not a field we know" in words("{{shoe_size|–}}")
    assert "{{town}} stays empty for people who did not answer" in words("{{town}}")
    assert "{{faith|–}} cannot stand in a mailing" in words("{{faith|–}}")
    assert "{{story|–}} cannot stand in a mailing" in words("{{story|–}}")
    assert "{{" not in words("{{town|your town}} {{land|–}}")


def test_the_preview_shows_what_was_asked_in_an_answers_place(house, fields, campaigner: Campaigner):
    uid = house.mailing(content())
    page = campaigner.get(f"{house.base}/{uid}/preview/fr")
    assert "In [town (fr)]: [land (fr)]" in page


def test_an_organisation_shows_no_answer_to_anothers_field(house, fields, postman: Postman):
    """The short name is looked up among the organisation's own fields."""
    with db.writing():
        other = make_organisation()
        facts = QuestionFacts({"en": "Shoe size"})
        create_question(other.id, own_fields(other.id), "shoe_size", QuestionKind.SHORT_TEXT, facts)
    launched(house, postman, content("{{shoe_size|–}}"))
    postman.deliver()
    assert "{{shoe_size|–}}" in text_of(postman.mails[0])
