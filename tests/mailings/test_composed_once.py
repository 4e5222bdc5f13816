"""Composing is slow: a mailing is composed once for its launch, and nobody waits for a lock meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, text

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.errors import Conflict, MobilizeError
from mobilize.delivery.composing.email_pages import Page
from mobilize.delivery.models import Content
from mobilize.delivery.variants import Variant
from mobilize.mailings import launch, service
from mobilize.mailings.composing import compose_mailing
from mobilize.mailings.launch import launch_due
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.queries import mailing_anywhere
from tests.delivery.engine_world import FakeTransport, drain
from tests.mailings.conftest import Campaigner, House
from tests.slow_work import writing_here


@dataclass
class Composings:
    """The language of each composing, and whether a writing transaction was open then."""

    languages: list[str] = field(default_factory=list)
    locked: list[bool] = field(default_factory=list)
    beside: Callable[[], object] = lambda: None


@pytest.fixture
def composings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Composings]:
    found, html = Composings(), Page.html

    def noted(page: Page) -> str:
        found.languages.append(page._source.language)
        found.locked.append(bool(writing_here()))
        found.beside()
        return html(page)

    monkeypatch.setattr(Page, "html", noted)
    return found


def sent(uid: str) -> None:
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))


def write_from_elsewhere() -> None:
    """On SQLite, a lock that is held here would make this fail with "database is locked"."""
    with db.engine().connect() as other:
        other.execute(text("UPDATE users SET language = language"))
        other.commit()


def rename(uid: str, subject: str) -> None:
    """What a colleague does meanwhile."""
    with db.engine().begin() as other:
        row = other.execute(select(Mailing.id, Mailing.content, Mailing.version).where(Mailing.uid == uid)).one()
        content = {**row.content, "en": {**row.content["en"], "subject": subject}}
        change = Mailing.__table__.update().where(Mailing.id == row.id)  # type: ignore[attr-defined]
        other.execute(change.values(content=content, version=row.version + 1))


def test_a_launch_composes_each_language_once(house: House, composings: Composings) -> None:
    """And before it locks anything: its transactions only compare versions and write rows."""
    uid = house.mailing()
    sent(uid)
    composings.languages.clear()
    composings.locked.clear()
    launch_due()
    assert sorted(composings.languages) == ["en", "fr"]
    assert composings.locked == [False, False]
    with db.reading():
        assert mailing_anywhere(uid).state is MailingState.LAUNCHED


def test_a_mailing_changed_while_it_was_composed_is_composed_again(
    house: House, composings: Composings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is frozen is the version that is launched, never the one that was read before it."""
    uid = house.mailing()
    sent(uid)
    composings.languages.clear()
    once = iter([lambda: rename(uid, "Changed")])
    composings.beside = lambda: next(once, lambda: None)()
    launch_due()
    assert sorted(composings.languages) == ["en", "en", "fr", "fr"]
    with db.reading():
        row = mailing_anywhere(uid)
        frozen = session.get_one(Content, row.frozen[Variant("en")]).source
        assert (row.state, row.version, frozen["subject"]) == (MailingState.LAUNCHED, 2, "Changed")


def test_one_that_changes_all_the_time_waits_for_the_next_pass(house: House, composings: Composings) -> None:
    """It holds up no other mailing, and its author finds it where it was."""
    uid = house.mailing()
    sent(uid)
    composings.languages.clear()
    composings.beside = lambda: rename(uid, f"Changed {len(composings.languages)}")
    launch_due()
    assert len(composings.languages) == 2 * launch.TRIES
    with db.reading():
        assert mailing_anywhere(uid).state is MailingState.SCHEDULED
    composings.beside = lambda: None
    launch_due()
    with db.reading():
        assert mailing_anywhere(uid).state is MailingState.LAUNCHED


def test_a_worker_composes_while_others_write(house: House, composings: Composings) -> None:
    """After it has loaded what it claimed, and before it sends."""
    uid = house.mailing()
    sent(uid)
    launch_due()
    composings.languages.clear()
    composings.locked.clear()
    transport = FakeTransport()
    drain(transport)
    assert len(transport.sent) == 5
    assert sorted(composings.languages) == ["en", "fr"]
    assert composings.locked == [False, False]


def test_buttons_compose_while_others_write(house: House, composings: Composings, campaigner: Campaigner) -> None:
    """A test, and "send": each lets go of the lock before it composes."""
    uid = house.mailing()
    composings.beside = write_from_elsewhere
    assert campaigner.post(f"{house.base}/{uid}/test", language="en").status_code == 303
    sending = {"when": "now", "version": 1}
    assert campaigner.post(f"{house.base}/{uid}/send", **sending).status_code == 303
    with db.reading():
        assert mailing_anywhere(uid).state is MailingState.SCHEDULED
    assert not any(composings.locked)


def test_what_changed_while_it_was_checked_is_not_sent(house: House, composings: Composings) -> None:
    """Nobody sends what they have not seen."""
    uid = house.mailing()
    composings.beside = lambda: rename(uid, "Changed") if len(composings.languages) == 1 else None
    with pytest.raises(Conflict, match="Somebody else changed"), db.writing():
        service.send_mailing(mailing_anywhere(uid))
    with db.reading():
        assert mailing_anywhere(uid).state is MailingState.DRAFT


def test_composing_refuses_to_lose_what_was_written(house: House) -> None:
    """It ends the transaction: in a unit that has written, that would undo a part of it."""
    uid = house.mailing()
    with db.writing():
        row = mailing_anywhere(uid)
        row.name = "Another"
        session.flush()
        with pytest.raises(MobilizeError, match="has written"):
            compose_mailing(row)
