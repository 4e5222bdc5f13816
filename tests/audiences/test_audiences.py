"""Who gets a mailing: one copy each, in the right language, by the lowest list, in keyset pages."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text, update

from mobilize.audiences.audience import Audience
from mobilize.audiences.pages import AudiencePage
from mobilize.audiences.queries import list_choices, list_ids_by_slug
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.delivery.bases import list_basis
from mobilize.delivery.models import Recipient, Suppression, SuppressionReason
from mobilize.delivery.suppression.service import suppress
from mobilize.delivery.variants import Variant
from mobilize.subscribers.models import Subscription, SubscriptionState
from tests.crowd import make_list, make_people
from tests.factories import make_organisation
from tests.plans import planning

pytestmark = pytest.mark.usefixtures("installation")


def pages_of(audience: Audience, size: int) -> list[AudiencePage]:
    found, after = [], 0
    while page := audience.page(after, size=size):
        found.append(page)
        after = page.last_id
    return found


def held(page: AudiencePage) -> list[int]:
    """Whoever is on the page, in its order, out of what the database gave."""
    return [int(number) for number in re.findall(r"\d+", page.held)]


@pytest.mark.parametrize("size", [1, 3, 4, 100])
def test_overlapping_lists_give_each_person_once(size: int) -> None:
    """Whatever the page size, the pages hold exactly the people on any of the lists, in order."""
    with db.writing():
        house = make_organisation()
        one, two, other = make_list(house, "one"), make_list(house, "two"), make_list(house, "other")
        people = [*make_people(house, 4, [two]), *make_people(house, 5, [one, two]), *make_people(house, 3, [one])]
        make_people(house, 2, [other])
    with db.writing():
        pages = pages_of(Audience.of(house.id, [one.id, two.id]), size)
        assert [each for page in pages for each in held(page)] == sorted(people)
        assert all(page.people == len(held(page)) <= size for page in pages)
        assert Audience.of(house.id, [one.id, two.id]).count() == len(people)


def test_rows_carry_language_and_lowest_list() -> None:
    """Exact language, then base, then default; the basis is the lowest targeted list the person is on."""
    with db.writing():
        house = make_organisation()
        one, two = make_list(house, "one"), make_list(house, "two")
        exact = make_people(house, 1, [one, two], "fr")[0]
        base = make_people(house, 1, [two], "fr-BE")[0]
        none = make_people(house, 1, [two], "ar")[0]
    with db.writing():
        page = Audience.of(house.id, [one.id, two.id]).page(0)
        assert page is not None
        rows = {row.recipient_id: row for row in session.execute(page.rows({Variant("en"): 7, Variant("fr"): 8}, "en"))}
        assert {each: rows[each].content_id for each in rows} == {exact: 8, base: 8, none: 7}
        assert {each: rows[each].basis_id for each in rows} == {exact: one.id, base: two.id, none: two.id}


def test_a_page_reads_only_its_people() -> None:
    """With statistics, too, no page reads a large table of recipients whole: a launch would be quadratic."""
    with db.writing():
        house = make_organisation()
        everyone = make_list(house, "everyone")
        make_people(house, 20_000, [everyone])
    with db.writing():
        session.execute(text("ANALYZE"))
        page = Audience.of(house.id, [everyone.id]).page(0, size=5_000)
        assert page is not None
        with planning() as plans:
            session.execute(page.rows({Variant("en"): 1}, "en"))
        (plan,) = plans
        assert "recipients" in plan
        assert not re.search(r"(?i)scan (on )?recipients", plan)


def test_those_who_left_are_not_in_it() -> None:
    """Leaving one of two lists keeps a person in by the other."""
    with db.writing():
        house = make_organisation()
        one, two = make_list(house, "one"), make_list(house, "two")
        gone = make_people(house, 1, [one])[0]
        half = make_people(house, 1, [one, two])[0]
        session.execute(
            update(Subscription)
            .where(Subscription.recipient_id.in_([gone, half]), Subscription.list_id == one.id)
            .values(state=SubscriptionState.LEFT)
        )
    with db.writing():
        page = Audience.of(house.id, [one.id, two.id]).page(0)
        assert page is not None
        assert held(page) == [half]
        (row,) = session.execute(page.rows({Variant("en"): 1}, "en"))
        assert row.basis_id == two.id
        assert Audience.of(house.id, [one.id, two.id]).count() == 1


def test_no_list_is_nobody() -> None:
    """A draft without lists has an audience of zero, not of everyone."""
    with db.writing():
        house = make_organisation()
        make_people(house, 2, [make_list(house)])
        assert Audience.of(house.id, []).page(0) is None
        assert Audience.of(house.id, []).count() == Audience(house.id).anyone().people == 0
        assert Audience.of(house.id, []).numbers().by_language == {}


def test_another_organisations_list_gives_nobody() -> None:
    """Even if an id of another organisation got as far as here."""
    with db.writing():
        house, other = make_organisation(), make_organisation()
        foreign = make_list(other)
        make_people(other, 2, [foreign])
        page = Audience.of(house.id, [foreign.id]).page(0)
        assert page is not None
        assert held(page) == []
        assert list_ids_by_slug(house.id, ["newsletter"]) == {}
        assert list_ids_by_slug(other.id, ["newsletter", "none"]) == {"newsletter": foreign.id}


def test_counting_tells_languages_and_who_is_held_back() -> None:
    """What a campaigner sees before sending."""
    with db.writing():
        house = make_organisation()
        one, two = make_list(house, "one", position=2), make_list(house, "two", position=1)
        make_people(house, 3, [one, two], "fr")
        person = session.get_one(Recipient, make_people(house, 1, [one], "nl")[0])
        session.add(
            Suppression(
                organisation_id=house.id,
                address_index=person.address_index,
                reason=SuppressionReason.COMPLAINT,
                source="test",
                created_at=clock.now(),
            )
        )
    with db.reading():
        found = Audience.of(house.id, [one.id, two.id]).numbers()
        assert (found.people, found.held_back, found.reached) == (4, 1, 3)
        single = Audience.of(house.id, [one.id]).anyone()
        assert (single.people, single.reached) == (1, 1)
        assert found.by_language == {"fr": 3, "nl": 1}
        assert [(choice.slug, choice.people) for choice in list_choices(house.id)] == [("two", 3), ("one", 4)]


def test_a_list_of_people_held_back_reaches_nobody() -> None:
    """What stops a launch is found without counting."""
    with db.writing():
        house = make_organisation()
        held = make_list(house)
        for each in make_people(house, 2, [held]):
            index = session.get_one(Recipient, each).address_index
            suppress(house.id, index, SuppressionReason.COMPLAINT, "test")
    with db.reading():
        found = Audience.of(house.id, [held.id]).anyone()
        assert (found.people, found.reached) == (1, 0)


@pytest.mark.parametrize("size", [1, 100])
def test_nobody_on_a_list_that_is_left_out_gets_it(size: int) -> None:
    """Whatever other list they are on, in pages, counts and for one person alike; who left that list gets it."""
    with db.writing():
        house = make_organisation()
        one, two, press = make_list(house, "one"), make_list(house, "two"), make_list(house, "press")
        reader, both = make_people(house, 1, [one])[0], make_people(house, 1, [one, two])[0]
        make_people(house, 1, [one, two, press])
        former = make_people(house, 1, [two, press])[0]
        make_people(house, 1, [press])
        left = update(Subscription).where(Subscription.recipient_id == former, Subscription.list_id == press.id)
        session.execute(left.values(state=SubscriptionState.LEFT))
    audience = Audience.of(house.id, [one.id, two.id], [press.id])
    with db.writing():
        pages = pages_of(audience, size)
        rows = [row for page in pages for row in session.execute(page.rows({Variant("en"): 1}, "en"))]
        assert {row.recipient_id: row.basis_id for row in rows} == {reader: one.id, both: one.id, former: two.id}
        assert sum(page.people for page in pages) == len(rows) == audience.count() == audience.numbers().people
        assert Audience.of(house.id, [press.id], [one.id, two.id]).anyone().people == 1
        assert Audience.of(house.id, [one.id], [one.id]).anyone().people == 0


def test_why_somebody_gets_it_is_the_basis_of_their_row() -> None:
    """The lowest list they are on; none for whoever does not get it."""
    with db.writing():
        house = make_organisation()
        one, two, press = make_list(house, "one"), make_list(house, "two"), make_list(house, "press")
        people = [make_people(house, 1, lists)[0] for lists in ([one, two], [two], [two, press], [press])]
    audience = Audience.of(house.id, [two.id, one.id], [press.id])
    with db.reading():
        why = [audience.why(each) for each in people]
    assert why == [list_basis(one.id), list_basis(two.id), None, None]
    assert audience.bases == [list_basis(one.id), list_basis(two.id)]


def test_an_audience_in_words_and_in_a_row() -> None:
    """What campaigners read, in their language; what a mailing stores."""
    with db.writing():
        house = make_organisation()
        one, two, press = make_list(house, "one"), make_list(house, "two"), make_list(house, "press")
    whole, narrowed = Audience.of(house.id, [one.id, two.id]), Audience.of(house.id, [two.id, one.id], [press.id])
    with db.reading():
        assert whole.describe() == "One and Two"
        assert narrowed.describe() == "One and Two, but nobody on Press"
    assert Audience.from_json(house.id, narrowed.to_json()) == narrowed != whole
