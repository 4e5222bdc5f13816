"""A person is found under every spelling, and a date is kept as exactly as it is known."""

from __future__ import annotations

import pytest

from mobilize.appeals.rules import DatePrecision, matches, partial_date
from mobilize.core.errors import Refused


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Dorgelesse N’Guessan", "Dorgelesse N'guessan"),
        ("hathloul", "Loujain al-Hathloul"),
        ("Al Hathloul, Loujain", "Loujain al-Hathloul"),
        ("bada", "Raïf Badawi"),
        ("لجين", "لُجَين الهذلول"),
    ],
)
def test_spellings_of_one_name_match(typed: str, name: str) -> None:
    """Apostrophes, hyphens, case, accents, vowel marks and the order of words do not matter."""
    assert matches(typed, ["Somebody Else", name])


@pytest.mark.parametrize("typed", ["", " ' ", "Hamid Badawi", "adawi"])
def test_other_names_do_not_match(typed: str) -> None:
    """Every typed word has to begin a word of one and the same name."""
    assert not matches(typed, ["Raif Badawi", "Hamid Babaei"])


@pytest.mark.parametrize(
    ("typed", "precision"),
    [("2019", DatePrecision.YEAR), ("2021-01", DatePrecision.MONTH), (" 2022-03-11 ", DatePrecision.DAY)],
)
def test_a_date_keeps_its_precision(typed: str, precision: DatePrecision) -> None:
    """What is read again is what was typed."""
    found = partial_date("when", typed)
    assert (str(found), found.precision) == (typed.strip(), precision)


@pytest.mark.parametrize(
    "typed", ["", "19", "2021-13", "2021-02-30", "2021-2-3", "0000", "1899", "٢٠٢١", "2021-01-01-01"]
)
def test_what_is_no_date_is_refused_at_its_field(typed: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(Refused) as refused:
        partial_date("when", typed)
    assert refused.value.field == "when"
