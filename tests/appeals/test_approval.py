"""What goes public was approved by a second person, exactly as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from mobilize.appeals import service as of_defenders
from mobilize.appeals.appeal import changes, queries, service
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import AppealState
from mobilize.core import db, feature
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.feature import Addition, Entry, Feature
from mobilize.core.settings import Settings
from mobilize.features import FEATURES
from tests.appeals.writing import SECOND, WRITER, approve, make_draft, make_published, words
from tests.factories import make_organisation


@pytest.fixture
def house(installation: Settings) -> int:
    with db.writing():
        return make_organisation(slug="city").id


@pytest.fixture
def row(house: int) -> Iterator[Appeal]:
    """A draft, in a unit that goes on."""
    with db.writing():
        yield make_draft(house)


def logged(row: Appeal) -> list[str]:
    found = select(AuditEntry.action).where(AuditEntry.subject == f"appeal:{row.uid}")
    return list(session.scalars(found.order_by(AuditEntry.id)))


def test_an_approved_appeal_is_published(row: Appeal) -> None:
    """Its page shows what was approved, and each step is in the activity log."""
    approve(row)
    assert (row.state, queries.is_approved(row)) == (AppealState.IN_REVIEW, True)
    service.publish(row)
    assert row.state is AppealState.ACTIVE
    assert queries.published_of(row) == words()
    assert logged(row) == ["appeal.created", "appeal.approval_asked", "appeal.approved", "appeal.published"]


@pytest.mark.parametrize("by", [WRITER, "user:editor", "user:asker"])
def test_nobody_approves_their_own(row: Appeal, by: str) -> None:
    """Neither who wrote it, nor who changed it, nor who asked; the attempt is in the activity log."""
    service.change_draft(row, words(titles={"en": "Free them"}), "user:editor")
    service.ask_for_approval(row, "user:asker")
    assert "Somebody else" in service.approve(row, by, queries.fingerprint_of(row))
    assert not queries.is_approved(row)
    assert logged(row)[-1] == "appeal.approval_refused"
    with pytest.raises(Conflict):
        service.publish(row)


@pytest.mark.parametrize("change", [{"titles": {"en": "Other"}}, {"ceiling": 5000}, {"act_until": "2027-01-31"}])
def test_an_edit_voids_the_approval(row: Appeal, change: dict[str, object]) -> None:
    """A word, the audience ceiling, the date: each has to be approved anew, even when it is changed back."""
    approve(row)
    service.change_draft(row, words(**change), WRITER)
    service.change_draft(row, words(), WRITER)
    assert row.state is AppealState.DRAFT
    with pytest.raises(Conflict):
        service.publish(row)


def test_what_was_not_seen_is_not_approved(row: Appeal) -> None:
    """The page is older than the draft."""
    seen = queries.fingerprint_of(row)
    service.change_draft(row, words(titles={"en": "Other"}), WRITER)
    service.ask_for_approval(row, WRITER)
    assert "Read it once more" in service.approve(row, SECOND, seen)


def test_saving_the_same_words_voids_nothing(row: Appeal) -> None:
    """Nothing was edited."""
    approve(row)
    service.change_draft(row, words(), "user:editor")
    assert queries.is_approved(row)
    assert "user:editor" not in row.writers
    service.publish(row)
    assert row.state is AppealState.ACTIVE


def test_sent_back_it_is_a_draft_again(row: Appeal) -> None:
    """And is asked for anew."""
    service.ask_for_approval(row, WRITER)
    service.send_back(row)
    assert row.state is AppealState.DRAFT
    assert "Nobody has asked" in service.approve(row, SECOND, queries.fingerprint_of(row))


def test_a_call_to_action_that_changes_voids_the_approval(row: Appeal, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is approved with the appeal; one that was added or changed later is not among the approved ones."""
    state = {"fingerprint": "one"}

    def additions(_house: object, uid: str) -> Iterator[Addition]:
        entry = Entry(uid="petition", title="Sign", url="/city/act/sign")
        yield Addition("call:petition", state["fingerprint"], entry, is_public=True)

    monkeypatch.setitem(globals(), "additions_of_test", additions)
    feature.use((*FEATURES, Feature(name="asks", additions={"appeal": f"{__name__}:additions_of_test"})))
    try:
        approve(row)
        state["fingerprint"] = "two"
        with pytest.raises(Conflict):
            service.publish(row)
        approve(row)
        service.publish(row)
        assert queries.approved_additions(row) == {"call:petition": "two"}
    finally:
        feature.use(FEATURES)


def test_a_public_appeal_is_edited_beside_itself(row: Appeal) -> None:
    """Visitors get the approved words until the new ones are approved and published as an update."""
    approve(row)
    service.publish(row)
    version = row.version
    changed = words(titles={"en": "Still detained"}, further={"en": "The trial began."})
    service.change_draft(row, changed, WRITER)
    assert (row.version, queries.published_of(row)) == (version, words())
    with pytest.raises(Conflict):
        changes.publish_update(row)
    approve(row)
    changes.publish_update(row)
    assert (row.state, row.version) == (AppealState.UPDATED, version + 1)
    assert queries.published_of(row) == replace(changed, further={})
    (further,) = queries.furthers_of(row)
    assert (further.number, further.texts) == (1, {"en": "The trial began."})
    assert queries.further_reference(row, 1) == f"FU 1 to {queries.reference_of(row)}"


def test_nothing_is_published_while_a_case_is_checked(row: Appeal) -> None:
    """Approved or not."""
    approve(row)
    (defender,) = queries.defenders_of(row)
    of_defenders.hold_everything(defender)
    with pytest.raises(Conflict, match="being checked"):
        service.publish(row)
    of_defenders.end_hold(defender)
    service.publish(row)


def test_what_is_missing_is_refused_at_its_field(row: Appeal) -> None:
    """Nobody is asked to approve half an appeal."""
    service.change_draft(row, words(demands={}), WRITER)
    with pytest.raises(Refused) as demands:
        service.ask_for_approval(row, WRITER)
    service.change_defenders(row, [], WRITER)
    with pytest.raises(Refused) as nobody:
        service.ask_for_approval(row, WRITER)
    with pytest.raises(Refused) as stranger:
        service.change_defenders(row, ["nobody"], WRITER)
    assert [one.value.field for one in (demands, nobody, stranger)] == ["demands", "defenders", "defenders"]


def test_whom_a_published_appeal_is_for_stays(house: int) -> None:
    """Another appeal takes its place, and says so."""
    with db.writing():
        first = make_published(house)
        with pytest.raises(Conflict):
            service.change_defenders(first, [], WRITER)
        second = make_draft(house)
        service.change_defenders(second, queries.defender_uids(second), WRITER, first.slug)
        assert queries.superseded_by(first) is None
        approve(second)
        service.publish(second)
        assert queries.superseded_by(first) == second
