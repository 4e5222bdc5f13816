"""What somebody types becomes a typed value, or is refused at the question's field."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.core.errors import Refused
from mobilize.questions.models import QuestionKind
from mobilize.questions.rules import (
    Asked,
    Choice,
    StoredFile,
    askable,
    from_plain,
    mergeable,
    own_fields,
    read_cell,
    read_typed,
    shown,
    to_plain,
    usable_slug,
)

CHOICES = (
    Choice("r", {"en": "Red", "fr": "Rouge"}),
    Choice("b", {"en": "Blue", "fr": "Bleu"}),
    Choice("old", {"en": "Old"}, ended=True),
)


def asked(kind: QuestionKind, **values) -> Asked:
    return Asked(1, 1, own_fields(1), "uid", "field", kind, {"en": "Label"}, choices=CHOICES, **values)


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (QuestionKind.SHORT_TEXT, "  Brussels ", "Brussels"),
        (QuestionKind.LONG_TEXT, "one\r\ntwo", "one\ntwo"),
        (QuestionKind.NUMBER, "3,5", 3.5),
        (QuestionKind.NUMBER, "١٢٫٥", 12.5),
        (QuestionKind.NUMBER, "-7", -7.0),
        (QuestionKind.DATE, "2024-02-29", date(2024, 2, 29)),
        (QuestionKind.YES_NO, "no", False),
        (QuestionKind.COUNTRY, "BE", "BE"),
        (QuestionKind.CHOICE, "b", ("b",)),
    ],
)
def test_what_holds_is_typed(kind, typed, value):
    """Each kind gives its own type; blanks around it do not count."""
    assert read_typed(asked(kind), [typed]) == value


@pytest.mark.parametrize("kind", QuestionKind)
def test_an_empty_field_is_no_answer(kind):
    assert read_typed(asked(kind), ["", "  "]) is None


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (QuestionKind.SHORT_TEXT, "x" * 201),
        (QuestionKind.SHORT_TEXT, "one\ntwo"),
        (QuestionKind.LONG_TEXT, "x" * 4001),
        (QuestionKind.NUMBER, "1,000"),
        (QuestionKind.NUMBER, "1.000"),
        (QuestionKind.NUMBER, "1e9"),
        (QuestionKind.NUMBER, "nan"),
        (QuestionKind.NUMBER, "1" * 13),
        (QuestionKind.DATE, "29-02-2024"),
        (QuestionKind.DATE, "2023-02-29"),
        (QuestionKind.DATE, "0999-01-01"),
        (QuestionKind.YES_NO, "perhaps"),
        (QuestionKind.COUNTRY, "EU"),
        (QuestionKind.COUNTRY, "Atlantis"),
        (QuestionKind.CHOICE, "old"),
        (QuestionKind.CHOICE, "unknown"),
        (QuestionKind.FILE, "text in a file's place"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(kind, typed):
    """Nothing is guessed: three digits after a point may be thousands, a day may be a month."""
    with pytest.raises(Refused) as refusal:
        read_typed(asked(kind), [typed])
    assert refusal.value.field == "field"


def test_several_choices_stand_in_the_questions_order_each_once():
    assert read_typed(asked(QuestionKind.SEVERAL), ["b", "r", "b"]) == ("r", "b")


def test_one_choice_is_one():
    with pytest.raises(Refused):
        read_typed(asked(QuestionKind.CHOICE), ["r", "b"])


def test_an_ended_choice_stays_possible_for_whoever_has_it():
    """Saving a page again does not lose an answer that is offered to nobody else."""
    assert read_typed(asked(QuestionKind.SEVERAL), ["old", "r"], kept=("old",)) == ("r", "old")


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (QuestionKind.CHOICE, "rouge", ("r",)),
        (QuestionKind.SEVERAL, "Blue; rouge", ("r", "b")),
        (QuestionKind.COUNTRY, "Belgique", "BE"),
        (QuestionKind.COUNTRY, "nl", "NL"),
        (QuestionKind.DATE, "2024-02-29 00:00:00", date(2024, 2, 29)),
        (QuestionKind.NUMBER, "7.0", 7.0),
        (QuestionKind.YES_NO, "Oui", True),
        (QuestionKind.YES_NO, "False", False),
        (QuestionKind.SHORT_TEXT, " ", None),
    ],
)
def test_a_file_names_choices_and_countries_by_their_words(kind, cell, value):
    """In any language of theirs, as a spreadsheet program writes the other kinds."""
    assert read_cell(asked(kind), cell) == value


def test_a_cell_that_names_no_choice_says_which_there_are():
    with pytest.raises(Refused, match="Red, Blue"):
        read_cell(asked(QuestionKind.CHOICE), "Purple")


VALUES = {
    QuestionKind.SHORT_TEXT: st.text(min_size=1),
    QuestionKind.NUMBER: st.integers(-(10**14), 10**14).map(lambda cents: cents / 100),
    QuestionKind.DATE: st.dates(),
    QuestionKind.YES_NO: st.booleans(),
    QuestionKind.SEVERAL: st.lists(st.text()).map(tuple),
    QuestionKind.FILE: st.builds(StoredFile, st.text(), st.text(), st.integers()),
}


@given(st.sampled_from(sorted(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind])))
def test_a_value_survives_json(pair):
    """``from_plain`` gives back what ``to_plain`` was given."""
    kind, value = pair
    assert from_plain(kind, to_plain(value)) == value


def test_segments_ask_what_is_stored_plain():
    """Texts, files and whatever is marked sensitive are not asked."""
    plain = {kind for kind in QuestionKind if askable(asked(kind))}
    assert plain == set(QuestionKind) - {QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT, QuestionKind.FILE}
    assert not any(askable(asked(kind, sensitive=True)) for kind in QuestionKind)


def test_mailings_show_short_answers_that_are_not_sensitive():
    assert not mergeable(asked(QuestionKind.LONG_TEXT))
    assert mergeable(asked(QuestionKind.SHORT_TEXT))
    assert not mergeable(replace(asked(QuestionKind.SHORT_TEXT), sensitive=True))


@pytest.mark.parametrize("slug", ["email", "first_name", "action_url", "9lives", "Two", "a-b", "a__b", "", "x" * 41])
def test_a_short_name_that_files_or_mailings_know_already_is_refused(slug):
    with pytest.raises(Refused):
        usable_slug(slug)


def test_answers_are_shown_in_the_readers_language():
    """Choices by their labels, also ended ones; countries, dates and numbers as the language writes them."""
    assert shown(asked(QuestionKind.SEVERAL), ("r", "old"), "fr", "en") == "Rouge et Old"
    assert shown(asked(QuestionKind.COUNTRY), "BE", "nl", "en") == "België"
    assert shown(asked(QuestionKind.NUMBER), 1234.5, "fr", "en") == "1\u202f234,5"
    assert shown(asked(QuestionKind.YES_NO), True, "en", "en") == "Yes"


HUGE = ("e" + "\u0300\u0316" * 300_000, f"x{chr(0xA0) * 300_000}x", "9" * 600_000, "1" + "0," * 300_000)


@pytest.mark.parametrize("kind", [kind for kind in QuestionKind if kind is not QuestionKind.FILE])
@pytest.mark.parametrize("typed", HUGE)
def test_whatever_fills_a_body_is_refused_at_once(kind: QuestionKind, typed: str) -> None:
    """A public form takes four megabytes; a country of 600,000 marks took six minutes, in which nobody was served."""
    began = time.process_time()
    with pytest.raises(Refused):
        read_typed(asked(kind), [typed])
    assert time.process_time() - began < 1
