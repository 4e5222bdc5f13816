"""What mailings show of events: cards, programmes, the way to register, the stream link for those who may have it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from mobilize.audiences.audience import Audience
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.feature import Checked, CheckLine, Freezing, Frozen
from mobilize.core.when import timed, unknown
from mobilize.delivery.composing.composition import Preview, compose
from mobilize.delivery.composing.sources import Brand as MailBrand
from mobilize.delivery.composing.sources import Sender, Source
from mobilize.events import changes
from mobilize.events.checks import checks
from mobilize.events.models import Attendance, Event, SpeakerPart
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations.asking import Place
from mobilize.events.registrations.service import FormFacts, ask, change_form
from mobilize.events.service import Facts, Point, add_point, change_event, create_event
from mobilize.events.speakers import SpeakerFacts, add_speaker
from mobilize.mailings import service
from mobilize.mailings.blocks import freeze, read_block
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.queries import mailing_anywhere, state_of
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import Brand
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain
from tests.events import changing
from tests.events.conftest import AFTER, BEFORE, wall
from tests.factories import make_organisation
from tests.signup.visiting import hidden, press

PAGE = "http://127.0.0.1:8000/centre/events/partners"
STREAM = "https://stream.example.org/room?key=a-secret"


def frozen(house: Brand, kind: str, language: str = "en", *, to_group: str = "", **fields: str) -> Frozen:
    """A block about the lecture as it would be sent on 1 May 2018."""
    with db.reading():
        uid = event_by_slug(house.id, "partners").uid
        block = read_block({"type": kind, "event": uid, **fields}, "blocks[0]")
        return freeze(block, Freezing(house.id, language, BEFORE, to_group))


def shown(found: Frozen, language: str = "en") -> Preview:
    sender = Sender("The Centre", "news@centre.example.org")
    source = Source("mailings/newsletter", language, MailBrand("The Centre"), sender, blocks=(found.fields,))
    return compose(source, str).preview({})


def change(house: Brand, **facts: object) -> None:
    """Save the lecture's facts with others among them."""
    with db.writing():
        row = event_by_slug(house.id, "partners")
        kept = Facts(row.titles, row.summaries, row.texts, venues=row.venues, venue_address=row.venue_address)
        change_event(row, replace(kept, **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "title", "when", "button"),
    [
        ("en", "Partners under Pressure", "Monday 14 May 2018, 19:00 – 21:00 (Amsterdam)", "The event’s page"),
        ("fr", "Partenaires sous pression", "lundi 14 mai 2018, 19:00 – 21:00 (Amsterdam)", "Page de l’événement"),
        ("nl", "Partners under Pressure", "maandag 14 mei 2018, 19:00 – 21:00 (Amsterdam)", "Pagina van het"),
        ("ar", "Partners under Pressure", "الاثنين", "صفحة"),
    ],
)
def test_a_card_says_what_when_and_where(
    house: Brand, lecture: str, language: str, title: str, when: str, button: str
) -> None:
    """In the reader's language, as HTML and as text, with the way to the event's page; it names its version."""
    found = frozen(house, "event", language)
    for text in (shown(found, language).html, shown(found, language).text):
        assert title in text
        assert when in text
        assert "Turfmarkt 99" in text
        assert button in text
        assert f"{PAGE}?lang={language}" in text
    with db.reading():
        row = event_by_slug(house.id, lecture)
        assert found.live == {f"event:{row.uid}": row.version}


@pytest.mark.parametrize(
    ("become", "words"),
    [
        ("move", ["This event has a new date.", "It was to take place on Monday 14 May 2018", "Wednesday 16 May 2018"]),
        ("postpone", ["This event is postponed.", "The new date is not known yet", "The speaker is ill."]),
        ("move_online", ["This event takes place online.", "The speaker is ill."]),
        ("cancel", ["This event is cancelled.", "The speaker is ill."]),
    ],
)
def test_a_card_says_what_became_of_the_event(house: Brand, lecture: str, become: str, words: list[str]) -> None:
    """As the public page does."""
    later = timed(house.timezone, wall(2018, 5, 16, 19), wall(2018, 5, 16, 21))
    with clock.frozen(BEFORE), db.writing():
        row = event_by_slug(house.id, lecture)
        if become == "move":
            changes.move(row, later, {})
        else:
            getattr(changes, become)(row, {"en": "The speaker is ill."})
    card = shown(frozen(house, "event"))
    for text in words:
        assert text in card.html
        assert text in card.text


def test_an_author_may_name_the_button(house: Brand, lecture: str) -> None:
    """Instead of the usual words."""
    assert "Come and listen" in shown(frozen(house, "event", text="Come and listen")).html


def test_a_programme_has_times_speakers_and_rooms(house: Brand, lecture: str) -> None:
    """In its order, its days named where there are several; an empty one is refused."""
    with pytest.raises(Refused, match="programme of this event is empty"):
        frozen(house, "agenda")
    with db.writing():
        row = event_by_slug(house.id, lecture)
        for title, day, start, end in (("Welcome", 14, 19, 20), ("Panel", 14, 20, 21), ("Workshop", 15, 10, 12)):
            when = timed(house.timezone, wall(2018, 5, day, start), wall(2018, 5, day, end))
            point = add_point(row, Point({"en": title}, when, room="Room 3.46"))
            add_speaker(row, point, SpeakerFacts({"en": "Chair"}, part=SpeakerPart.MODERATOR))
            add_speaker(row, point, SpeakerFacts({"en": "Speaker"}, {"en": "office"}))
        add_point(row, Point({"en": "Drinks"}, unknown(house.timezone)))
    programme = shown(frozen(house, "agenda"))
    assert programme.text.count("May 2018") == 2
    for text in (programme.text, programme.html):
        points = ("Monday 14 May", "Welcome", "Panel", "Tuesday 15 May", "Workshop", "Drinks")
        places = [text.index(one) for one in points]
        assert places == sorted(places)
        said = ("Programme", "Times in Amsterdam", "19:00 – 20:00", "Chair (Moderator)", "Speaker, office", "Room 3.46")
        for words in said:
            assert words in text


def registration(house: Brand, **facts: object) -> Preview:
    """The block after the form was saved so."""
    with clock.frozen(BEFORE), db.writing():
        change_form(event_by_slug(house.id, "partners"), FormFacts(**facts))  # type: ignore[arg-type]
    return shown(frozen(house, "registration"))


def test_registering_is_one_button_while_it_is_open(house: Brand, lecture: str) -> None:
    """It leads to the form; where nobody can register it says why and leads to the event."""
    with pytest.raises(Refused, match="People cannot register for this event"):
        frozen(house, "registration")
    found = registration(house)
    assert f"{PAGE}/register?lang=en" in found.html
    assert "Register:\n" + f"{PAGE}/register?lang=en" in found.text
    closed = registration(house, closes_at=BEFORE - timedelta(hours=1))
    assert "Registration is closed." in closed.text
    assert f"{PAGE}?lang=en" in closed.text
    assert "/register" not in closed.html + closed.text
    assert "Registration is closed." in registration(house, is_open=False).html
    assert "Registration opens on Wed 2 May 2018, 14:00 (Amsterdam)." in registration(
        house, opens_at=BEFORE + timedelta(days=1)
    ).html.replace("\n", " ")


def test_a_full_room_is_said(house: Brand, lecture: str) -> None:
    """While somebody holds the last seat."""
    registration(house, capacity=1)
    with clock.frozen(BEFORE), db.writing():
        ask(event_by_slug(house.id, lecture), house, "reader@example.org", "en", Place("", "", Attendance.VENUE, ""))
    full = shown(frozen(house, "registration")).text
    assert "All seats are taken. You can join the waiting list." in full
    assert "Join the waiting list:\n" + f"{PAGE}/register?lang=en" in full
    registration(house, capacity=1, has_waiting_list=False)
    shut = shown(frozen(house, "registration")).text
    assert "All seats are taken." in shut
    assert "waiting list" not in shut
    assert "/register" not in shut


def test_a_full_room_leaves_the_stream(house: Brand, lecture: str) -> None:
    """The button stays, in the author's words."""
    with db.writing():
        event_by_slug(house.id, lecture).attendance = Attendance.BOTH
    registration(house, capacity=1, has_waiting_list=False)
    with clock.frozen(BEFORE), db.writing():
        ask(event_by_slug(house.id, lecture), house, "reader@example.org", "en", Place("", "", Attendance.VENUE, ""))
    found = shown(frozen(house, "registration", text="Come")).text
    assert "The room is full. You can take part online." in found
    assert "Come:\n" + f"{PAGE}/register?lang=en" in found


def test_the_stream_link_goes_to_the_online_group_only(house: Brand, lecture: str) -> None:
    """To lists, to everybody registered, or to another event's people it is refused with clear words."""
    change(house, attendance=Attendance.BOTH, stream_url=STREAM)
    with db.reading():
        uid = event_by_slug(house.id, lecture).uid
    for group in ("", f"event:{uid}", f"event:{uid}:venue", "event:another:online", f"event:{uid}:online2"):
        with pytest.raises(Refused, match="only go to people registered to take part online"):
            frozen(house, "stream", to_group=group)
    found = frozen(house, "stream", to_group=f"event:{uid}:online")
    assert STREAM not in json.dumps(dict(found.fields))
    assert STREAM in shown(found).text
    assert STREAM in shown(found).html.replace("&amp;", "&")


def test_a_stream_without_a_link_is_refused(house: Brand, lecture: str) -> None:
    """Nobody is sent to nowhere, nor to an event that does not take place."""
    with db.reading():
        group = f"event:{event_by_slug(house.id, lecture).uid}:online"
    with pytest.raises(Refused, match="no link to a live stream yet"):
        frozen(house, "stream", to_group=group)
    change(house, stream_url=STREAM)
    with clock.frozen(BEFORE), db.writing():
        changes.cancel(event_by_slug(house.id, lecture), {})
    with pytest.raises(Refused, match="does not take place"):
        frozen(house, "stream", to_group=group)


def test_the_stream_link_stands_sealed_and_on_no_page(
    campaigner: FlaskClient, client: FlaskClient, house: Brand, lecture: str
) -> None:
    """Staff write and read it in the event's form; visitors, calendars and search engines do not get it."""
    staff = f"/studio/centre/calendar/{lecture}"
    moment = {"first_day": "2018-05-14", "start": "19:00", "end": "21:00", "timezone": "Europe/Amsterdam"}
    typed = {"titles_en": "Partners under Pressure", "attendance": "venue", **moment}
    for wrong in ("http://stream.example.org/", "mailto:a@example.org", "/centre/events", "no link"):
        refused = press(campaigner, staff, **typed, stream_url=wrong)
        assert (refused.status_code, "starting with https://" in refused.text) == (422, True)
    saved = press(campaigner, staff, **typed, stream_url=STREAM)
    assert saved.status_code == 303
    assert "key=a-secret" in campaigner.get(staff).text
    with db.reading():
        row = event_by_slug(house.id, lecture)
        assert row.stream_url == STREAM
        assert b"secret" not in (row.stream_url_sealed or b"")
    for path in ("events/partners", "events/partners.ics", "events.ics", "events", "events/partners/register"):
        answer = client.get(f"/centre/{path}")
        assert answer.status_code == 200
        assert b"stream.example.org" not in answer.data


def waiting_mailing(house: Brand, languages: tuple[str, ...] = ("en", "fr")) -> str:
    """A mailing with the lecture's card to six people, scheduled and launched; one copy has left. Its uid."""
    with db.writing():
        organisation = session.get_one(Organisation, house.id)
        block = {"type": "event", "event": event_by_slug(house.id, "partners").uid}
        content = {tag: {"subject": tag, "preheader": "", "blocks": [block]} for tag in languages}
        newsletter = make_list(organisation)
        make_people(organisation, 4, [newsletter])
        make_people(organisation, 2, [newsletter], "fr")
        text = parse_content_file(json.dumps({"name": "News", "languages": content}))
        uid = service.create_mailing(Audience(house.id, (newsletter.id,)), text).uid
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
    launch_due(clock.now())
    first = FakeTransport(window=1)
    drain(first, stop=lambda: bool(first.sent))
    assert len(first.sent) == 1
    return uid


def state(uid: str) -> str:
    with db.reading():
        return state_of(mailing_anywhere(uid))


def test_a_mailing_that_waits_is_sent_on_with_the_new_date(campaigner: FlaskClient, house: Brand, lecture: str) -> None:
    """Moving the event holds it in the same commit; a press sends the rest with the new date, in every language."""
    with clock.frozen(BEFORE):
        uid = waiting_mailing(house)
        moved = {"first_day": "2018-05-16", "start": "19:00", "end": "21:00", "timezone": "Europe/Amsterdam"}
        assert (
            changing.change_event(campaigner, f"/studio/centre/calendar/{lecture}/becomes/moved", **moved).status_code
            == 303
        )
        drain(transport := FakeTransport())
        assert (transport.sent, state(uid)) == ([], "halted")
        page = campaigner.get(f"/studio/centre/mailings/{uid}/send").text
        assert "Changed: Partners under Pressure." in page
        token = hidden(page, "form_token")
        campaigner.post(f"/studio/centre/mailings/{uid}/renew", data={"form_token": token})
        drain(transport)
    assert len(transport.sent) == 5
    for one in transport.sent:
        whole = one.message.replace(b"=\r\n", b"")
        # The old date stands in the words about the change only.
        assert b"16 May 2018, 19:00" in whole or b"16 mai 2018, 19:00" in whole
    assert state(uid) == "finished"


@pytest.mark.parametrize("what", ["text", "programme", "registration"])
def test_whatever_a_block_can_show_holds_it(house: Brand, lecture: str, what: str) -> None:
    """Other texts, a point of the programme, a registration form that closes."""
    with clock.frozen(BEFORE):
        uid = waiting_mailing(house, ("en",))
        with db.writing():
            row = event_by_slug(house.id, lecture)
            if what == "text":
                change_event(row, Facts({"en": "Another title"}))
            elif what == "programme":
                add_point(row, Point({"en": "Welcome"}, unknown(house.timezone)))
            else:
                change_form(row, FormFacts(is_open=False))
    assert state(uid) == "halted"


def test_other_words_about_data_hold_nothing(house: Brand, lecture: str) -> None:
    """No mailing shows them."""
    with clock.frozen(BEFORE):
        with db.writing():
            change_form(event_by_slug(house.id, lecture), FormFacts())
        uid = waiting_mailing(house, ("en",))
        with db.writing():
            change_form(event_by_slug(house.id, lecture), FormFacts(wordings={"en": "We keep it short."}, keep_days=3))
    assert state(uid) == "sending"


def test_the_writing_page_offers_the_organisations_events(campaigner: FlaskClient, house: Brand, lecture: str) -> None:
    """Those to come first, drafts and past ones told apart, another organisation's never."""
    with db.writing():
        other = make_organisation(slug="other")
        create_event(other.id, "theirs", Facts({"en": "Somebody else’s"}), unknown("Europe/Brussels"))
        create_event(house.id, "draft", Facts({"en": "A draft"}), unknown("Europe/Brussels"))
        text = parse_content_file(json.dumps({"name": "N", "languages": {"en": {"subject": "N", "blocks": []}}}))
        uid = service.create_mailing(Audience(house.id), text).uid
    path = f"/studio/centre/mailings/{uid}/write/en"
    with clock.frozen(AFTER):
        token = hidden(campaigner.get(path).text, "form_token")
        page = campaigner.post(path, data={"form_token": token, "block": "add:event"})
    assert "Partners under Pressure – Monday 14 May 2018" in page.text
    assert "A draft – Date to be announced (draft)" in page.text
    assert "Somebody else" not in page.text
    with db.reading():
        draft = event_by_slug(house.id, "draft").uid
    saved = press(campaigner, path, **{"b0-kind": "event", "b0-event": draft})
    assert saved.status_code == 303
    assert "publish the event first" in campaigner.get(f"/studio/centre/mailings/{uid}/check").text


def test_an_event_of_somebody_else_is_not_shown(house: Brand, lecture: str) -> None:
    """A block may name anybody's; it is looked up in the mailing's organisation."""
    with db.writing():
        other = make_organisation(slug="other")
        row: Event = create_event(other.id, "theirs", Facts({"en": "Theirs"}), unknown("Europe/Brussels"))
        block = read_block({"type": "event", "event": row.uid}, "blocks[0]")
        with pytest.raises(Refused, match="gone"):
            freeze(block, Freezing(house.id, "en", datetime.now(tz=BEFORE.tzinfo)))


def test_the_check_page_names_events_that_are_off_or_over(house: Brand, lecture: str) -> None:
    """Only those that the mailing shows, and as a warning: its author may mean it."""
    with db.reading():
        row = event_by_slug(house.id, lecture)
        shows = Checked(house.id, "news@example.org", frozenset({(f"event:{row.uid}", row.version)}))
    with db.reading(), clock.frozen(BEFORE):
        assert list(checks(shows)) == []
    with db.reading(), clock.frozen(AFTER):
        assert list(checks(shows)) == [CheckLine("“Partners under Pressure” is over")]
    with db.writing(), clock.frozen(BEFORE):
        changes.cancel(event_by_slug(house.id, lecture), {})
    with db.reading(), clock.frozen(AFTER):
        assert list(checks(shows)) == [CheckLine("“Partners under Pressure” is cancelled")]
        assert list(checks(replace(shows, live=frozenset()))) == []
