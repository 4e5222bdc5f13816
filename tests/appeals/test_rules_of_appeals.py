"""Mail tied to an appeal: a last call before the last day moves with it, and is not sent once the appeal is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time

import pytest

from mobilize.appeals.appeal import changes as appeals
from mobilize.appeals.appeal import queries, service
from mobilize.appeals.appeal.anchor import moments_of
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import Outcome
from mobilize.audiences.audience import Audience
from mobilize.core import clock, db, feature
from mobilize.core.effects import PlannedChange
from mobilize.core.feature import Anchored
from mobilize.core.settings import Settings
from mobilize.mailings.content import MailingText, SenderText, read_version
from mobilize.organisations.models import Organisation
from mobilize.schedules import changes
from mobilize.schedules.offsets import Offset
from mobilize.schedules.queries import planned, rule_by_uid
from mobilize.schedules.service import RuleFacts, arm, create_rule
from tests.appeals.writing import WRITER, approve, make_published, words
from tests.crowd import make_list, make_people
from tests.factories import make_organisation

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
def city(installation: Settings) -> Organisation:
    with db.writing():
        return make_organisation(slug="city", timezone="Europe/Brussels")


@pytest.fixture
def rule(city: Organisation) -> str:
    """A last call on the day before, at ten in Brussels, for an appeal until 31 January 2027; its uid."""
    with db.writing(), clock.frozen(NOW):
        thing = anchored(make_published(city.id, act_until="2027-01-31"))
        newsletter = make_list(city)
        make_people(city, 2, [newsletter])
        facts = RuleFacts(
            "Last call", "act_until", Offset(days=-1, at_time=time(10)), Audience(city.id, (newsletter.id,))
        )
        text = {"subject": "Last call", "preheader": "", "blocks": [{"type": "text", "markdown": "Act now."}]}
        uid = create_rule(thing, facts, MailingText("Last call", SenderText(), {"en": read_version(text, "en")})).uid
    with db.writing(), clock.frozen(NOW):
        arm(rule_by_uid(city.id, uid), anchored(appeal(city)))
    return uid


def appeal(city: Organisation) -> Appeal:
    return queries.appeals(city.id)[0]


def anchored(row: Appeal) -> Anchored:
    found = feature.anchored(row.organisation_id, f"appeal:{row.uid}")
    assert found is not None
    return found


def due(city: Organisation, rule: str) -> datetime | None:
    with db.reading(), clock.frozen(NOW):
        (plan,) = planned(city.id, [rule_by_uid(city.id, rule)])
        return plan.due_at


def press(city: Organisation, change: PlannedChange, verb: Callable[[Appeal], None]) -> list[str]:
    """Make the change as it was shown; what was shown."""
    with clock.frozen(NOW):
        with db.reading():
            seen = changes.preview(change)
        with db.writing():
            changes.apply(change, seen.digest, lambda: verb(appeal(city)))
    return [one.words for one in seen.effects]


def test_the_last_call_is_due_before_the_last_day(city: Organisation, rule: str) -> None:
    """Counted in the zone of the appeal."""
    assert due(city, rule) == datetime(2027, 1, 30, 9, tzinfo=UTC)


def test_it_moves_with_the_last_day(city: Organisation, rule: str) -> None:
    """Not with a draft: once the new day is published."""
    with db.writing(), clock.frozen(NOW):
        row = appeal(city)
        service.change_draft(row, words(act_until="2027-02-28"), WRITER)
        approve(row)
        moments = moments_of(row, queries.draft_of(row).last_day)
    assert due(city, rule) == datetime(2027, 1, 30, 9, tzinfo=UTC)
    shown = press(city, PlannedChange(city.id, f"appeal:{row.uid}", "updated", moments), appeals.publish_update)
    assert any("Last call" in one for one in shown)
    assert due(city, rule) == datetime(2027, 2, 27, 9, tzinfo=UTC)


def test_it_is_not_sent_once_the_appeal_is_closed(city: Organisation, rule: str) -> None:
    """The list says so before."""
    with db.writing(), clock.frozen(NOW):
        row = appeal(city)
        service.change_draft(row, words(act_until="2027-01-31", outcome=Outcome.RELEASED), WRITER)
    change = PlannedChange(city.id, f"appeal:{row.uid}", "closed", {}, is_off=True, facts={"outcome": "released"})
    assert any("Last call" in one for one in press(city, change, appeals.close))
    assert due(city, rule) is None


def test_what_appeals_tell_of_themselves(city: Organisation) -> None:
    """A draft is not public, an open one has its moments, a closed one is off and has none."""
    with db.writing(), clock.frozen(NOW):
        row = make_published(city.id, act_until="2027-01-31")
        thing = anchored(row)
        assert (thing.is_public, thing.is_off, set(thing.moments)) == (True, False, {"published", "act_until"})
        assert thing.languages == ("en", "fr")
        service.change_draft(row, words(outcome=Outcome.DIED), WRITER)
        appeals.close(row)
        thing = anchored(row)
        assert (thing.is_public, thing.is_off, thing.moments) == (False, True, {})
