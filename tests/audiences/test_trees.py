"""A tree of conditions from untrusted JSON: what does not hold is refused at its place."""

from __future__ import annotations

from typing import Any

import pytest

from mobilize.audiences.trees import MAX_DEPTH, MAX_NODES, AllOf, AnyOf, Asked, Not, as_json, pushed, read_tree
from mobilize.core.errors import Refused

FRENCH = {"condition": "language", "facts": {"languages": ["fr"]}}
DUTCH = {"condition": "language", "facts": {"languages": ["nl"]}}


def nested(depth: int) -> dict[str, Any]:
    tree: dict[str, Any] = FRENCH
    for _level in range(depth - 1):
        tree = {"all": [tree]}
    return tree


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (None, "tree"),
        ([], "tree"),
        ({}, "tree.condition"),
        ({"all": []}, "tree.all"),
        ({"any": "fr"}, "tree.any"),
        ({"not": [FRENCH]}, "tree.not"),
        ({"condition": "speaks", "facts": {}}, "tree.condition"),
        ({"condition": "language"}, "tree.facts"),
        ({"condition": "language", "facts": {"languages": []}}, "tree.facts.languages"),
        ({"condition": "language", "facts": {"languages": [7]}}, "tree.facts.languages[0]"),
        ({"condition": "language", "facts": {"languages": ["fr"], "also": 1}}, "tree.facts.also"),
        ({"all": [FRENCH, {"condition": "joined", "facts": {"how": "never"}}]}, "tree.all[1].facts.how"),
        ({"condition": "joined", "facts": {"how": "since", "day": "2027-02-30"}}, "tree.facts.day"),
        ({"condition": "joined", "facts": {"how": "within", "days": 0}}, "tree.facts.days"),
        ({"condition": "joined", "facts": {"how": "within", "days": True}}, "tree.facts.days"),
        ({"condition": "number", "facts": {"field": "x", "how": "exactly", "number": "1e3"}}, "tree.facts.number"),
        ({"condition": "number", "facts": {"field": "x", "how": "exactly", "number": True}}, "tree.facts.number"),
        ({"condition": "country", "facts": {"field": "x", "countries": ["XX"]}}, "tree.facts.countries"),
        ({"all": [FRENCH], "any": [FRENCH]}, "tree.any"),
        ({"segment": ""}, "tree.segment"),
        (nested(MAX_DEPTH + 1), "tree" + ".all[0]" * MAX_DEPTH),
        ({"any": [{"all": [FRENCH] * 30}] * 3}, "tree"),
        ({"any": [FRENCH] * (MAX_NODES + 1)}, "tree.any"),
    ],
)
def test_a_tree_that_does_not_hold_is_refused_at_its_place(raw: object, place: str):
    """Wrong shapes, unknown conditions and facts, too deep, too large."""
    with pytest.raises(Refused) as refused:
        read_tree(raw)
    assert refused.value.field == place


def test_the_deepest_tree_is_taken_and_written_as_it_was_read():
    tree = nested(MAX_DEPTH)
    assert as_json(read_tree(tree)) == tree


def test_not_is_pushed_down_to_the_conditions():
    """SQL needs it so: of what is joined under "not", the joining turns round."""
    french, dutch = read_tree(FRENCH), read_tree(DUTCH)
    assert isinstance(french, Asked)
    assert pushed(read_tree({"not": {"any": [FRENCH, {"not": DUTCH}]}})) == AllOf((Not(french), dutch))
    assert pushed(read_tree({"not": {"all": [FRENCH, DUTCH]}})) == AnyOf((Not(french), Not(dutch)))
    assert pushed(read_tree({"not": {"not": FRENCH}})) == french
