"""Each condition, and every way of joining them, selects the people that a plain-Python model selects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mobilize.audiences.audience import Audience
from mobilize.audiences.compiling import matches, people_of
from mobilize.audiences.counting import count_within
from mobilize.audiences.reasons import verdict, why
from mobilize.audiences.segments import asking_now, looked_up, segment
from mobilize.audiences.trees import as_json, kinds, read_tree
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Recipient
from mobilize.delivery.variants import Variant
from mobilize.events.registrations.models import RegistrationState
from tests.audiences.model import COUNTRIES, LANGUAGES, METHODS, MODES, NOW, TRUE_OF, World, make_world

EXAMPLES, TREES = 25, 60
QUESTION = {"number": "NUMBER", "day": "DATE", "yes-no": "YES_NO", "country": "COUNTRY"}


@pytest.fixture
def world(installation: Settings) -> World:
    with clock.frozen(NOW), db.writing():
        return make_world(seed=7)


def facts_of(world: World, condition: str) -> st.SearchStrategy[dict[str, Any]]:
    """Any facts that a condition takes."""
    lists = st.sampled_from([row.uid for row in world.lists])
    days = st.dates(NOW.date().replace(day=1), NOW.date()).map(str)
    by_kind = {kind.name: row.uid for kind, row in world.questions.items()}
    field = st.just(by_kind[QUESTION[condition]]) if condition in QUESTION else st.sampled_from(list(by_kind.values()))
    some = {"list": lists}
    moment = st.one_of(
        st.fixed_dictionaries({"how": st.sampled_from(["since", "before"]), "day": days}, optional=some),
        st.fixed_dictionaries(
            {"how": st.sampled_from(["within", "longer"]), "days": st.integers(1, 20)}, optional=some
        ),
    )
    january = st.integers(1, 5).map(lambda day: f"2027-01-0{day}")
    states = st.sampled_from([RegistrationState.REGISTERED, RegistrationState.PENDING, RegistrationState.LEFT])
    event = {"event": st.sampled_from([row.uid for row in world.events]), "state": states.map(lambda one: one.value)}
    mode = {"attendance": st.sampled_from(MODES).map(lambda one: one.value)}
    return {
        "subscribed": st.fixed_dictionaries(some),
        "language": st.fixed_dictionaries({"languages": several(LANGUAGES)}),
        "joined": moment,
        "consent": st.fixed_dictionaries({"method": st.sampled_from(METHODS)}, optional=some),
        "answered": st.fixed_dictionaries({"field": field}),
        "number": st.fixed_dictionaries(
            {"field": field, "how": st.sampled_from(["at-least", "at-most", "exactly"]), "number": st.integers(0, 5)}
        ),
        "day": st.fixed_dictionaries({"field": field, "how": st.sampled_from(["from", "until", "on"]), "day": january}),
        "yes-no": st.fixed_dictionaries({"field": field, "said": st.sampled_from(["yes", "no"])}),
        "country": st.fixed_dictionaries({"field": field, "countries": several(COUNTRIES)}),
        "choice": st.fixed_dictionaries({"choices": several([row.uid for row in world.choices])}),
        "registered": st.fixed_dictionaries(event, optional=mode),
        "acted": st.fixed_dictionaries({"what": st.sampled_from([ref for row in world.actions for ref in row.refs])}),
        "came": st.fixed_dictionaries({"event": st.sampled_from([row.uid for row in world.events])}),
        "appeal": st.fixed_dictionaries({"appeal": st.sampled_from([row.uid for row in world.appeals])}),
        "rule": st.fixed_dictionaries({"rule": st.sampled_from(list(world.rules))}),
        "received": st.fixed_dictionaries({"mailing": st.sampled_from([row.uid for row in world.mailings])}),
    }[condition]


def several(values: Any) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(list(values)), min_size=1, max_size=3, unique=True)


def leaves(world: World) -> st.SearchStrategy[dict[str, Any]]:
    conditions = [
        facts_of(world, name).map(lambda facts, name=name: {"condition": name, "facts": facts}) for name in TRUE_OF
    ]
    return st.one_of(*conditions, st.sampled_from(list(world.segments)).map(lambda uid: {"segment": uid}))


def trees(world: World) -> st.SearchStrategy[dict[str, Any]]:
    """Any joining of conditions that the limits allow."""

    def joined(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        many = st.lists(parts, min_size=1, max_size=3)
        return st.one_of(
            many.map(lambda found: {"all": found}),
            many.map(lambda found: {"any": found}),
            parts.map(lambda part: {"not": part}),
        )

    level = leaves(world)
    for _depth in range(3):
        level = st.one_of(leaves(world), joined(level))
    return level


def selected(world: World, tree: dict[str, Any]) -> set[int]:
    """Those of whom it is true, each shape of the SQL alike."""
    node = looked_up(world.house.id, read_tree(tree), frozenset())
    asking = asking_now(world.house.id)
    people = people_of(node, asking)
    found = set(session.scalars(select(people.subquery())))
    everybody = select(Recipient.id).where(Recipient.organisation_id == world.house.id)
    assert set(session.scalars(everybody.where(matches(node, Recipient.id, asking)))) == found
    assert count_within(people, 30) == len(found)
    return found


def test_every_condition_has_a_model():
    """A condition that nobody modelled is a condition that nobody compared."""
    assert set(TRUE_OF) == set(kinds())


@pytest.mark.parametrize("condition", list(TRUE_OF))
def test_a_condition_selects_whom_the_model_selects(world: World, condition: str):
    """With any facts; and nobody of another organisation, which has the same lists, fields and events."""

    @settings(max_examples=EXAMPLES, database=None)
    @given(facts_of(world, condition))
    def compared(facts: dict[str, Any]) -> None:
        tree = {"condition": condition, "facts": facts}
        assert selected(world, tree) == world.in_tree(tree)
        assert selected(world, {"not": tree}) == set(world.people) - world.in_tree(tree)

    with clock.frozen(NOW), db.reading():
        compared()


def test_a_tree_selects_whom_the_model_selects(world: World):
    """All, any, not and nested segments, in any joining; what is stored is what was read."""

    @settings(max_examples=TREES, database=None)
    @given(trees(world))
    def compared(tree: dict[str, Any]) -> None:
        assert selected(world, tree) == world.in_tree(tree)
        assert read_tree(as_json(read_tree(tree))) == read_tree(tree)

    with clock.frozen(NOW), db.reading():
        compared()


def test_an_audience_with_segments_is_the_models(world: World):
    """Pages, counts and the reason of each person agree with the model: on a list, in a segment, not in another."""
    ids, (french, rest) = world.segment_ids, list(world.segments)
    news = world.lists[0]
    on_news = {one.id for one in world.people.values() if news.uid in one.lists}
    in_french = world.in_tree(world.segments[french])
    in_rest = world.in_tree(world.segments[rest])
    cases = [
        (Audience.of(world.house.id, [news.id], (), [ids[french]]), on_news & in_french),
        (Audience.of(world.house.id, [news.id], (), [ids[french], ids[rest]]), on_news & (in_french | in_rest)),
        (Audience.of(world.house.id, [news.id], (), (), [ids[french]]), on_news - in_french),
        (Audience.of(world.house.id, [news.id], (), [ids[rest]], [ids[french]]), on_news & in_rest - in_french),
    ]
    with clock.frozen(NOW), db.writing():
        for audience, expected in cases:
            assert expected
            assert paged(audience) == expected
            assert audience.count() == audience.numbers().people == len(expected)
            assert bool(audience.anyone().people)
            assert {one for one in world.people if audience.why(one)} == expected
            assert Audience.from_json(world.house.id, audience.to_json()) == audience


def test_the_conditions_that_decide_are_named(world: World):
    """For everybody: in or out as the model says, by conditions that are true or not of them as the model says."""
    rest = list(world.segments)[1]
    news, french = world.segments[rest]["all"]
    audience = Audience.of(world.house.id, [world.lists[1].id], (), [world.segment_ids[rest]])
    with clock.frozen(NOW), db.reading():
        row = segment(world.house.id, rest)
        for one in world.people.values():
            found = verdict(row, one.id)
            truths = {"is on “News”": world.holds(news, one),
                      "gets emails in French": world.holds(french["not"], one)}  # fmt: skip
            assert found.is_in == world.holds(world.segments[rest], one)
            assert found.reasons
            assert all(truths[reason.words] == reason.holds for reason in found.reasons)
            assert len(found.reasons) == (2 if found.is_in else 1)
            mailed = why(audience, one.id)
            on_list = world.lists[1].uid in one.lists
            assert bool(mailed.basis) == (on_list and found.is_in)
            assert (mailed.reasons[0].words, mailed.reasons[0].holds) == ("is among: Urgent", on_list)
            assert mailed.reasons[1:] == (found.reasons if on_list else ())


def paged(audience: Audience) -> set[int]:
    """Everybody on the pages of a launch, seven candidates a page; each once."""
    found, after = [], 0
    while page := audience.page(after, size=7):
        rows = list(session.execute(page.rows({Variant("en"): 1}, "en")))
        assert page.people == len(rows)
        found += [row.recipient_id for row in rows]
        after = page.last_id
    assert len(found) == len(set(found))
    return set(found)
