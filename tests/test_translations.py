"""Every word is spoken in every language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mobilize.core import i18n
from scripts import translations


def test_every_word_is_translated_with_the_same_placeholders():
    """No page falls back to English in the middle of a sentence."""
    assert list(translations.missing()) == []


def test_no_catalogue_keeps_words_that_are_gone():
    """What no code says is translated by nobody."""
    said = {message.id for message in translations.words()}
    stale = {
        (language, message.id)
        for language in translations.LANGUAGES
        for message in translations.catalogue(language)
        if message.id and message.id not in said
    }
    assert stale == set()


@pytest.mark.parametrize(
    ("language", "number", "category"),
    [("ar", 0, 0), ("ar", 1, 1), ("ar", 2, 2), ("ar", 7, 3), ("ar", 11, 4), ("ar", 100, 5), ("fr", 0, 0), ("nl", 0, 1)],
)
def test_plural_forms_follow_the_language(language, number, category):
    """Arabic has six forms in CLDR's order; French counts nothing as one."""
    assert i18n._plural_index(language, number) == category


def test_a_dialect_falls_back_to_its_base():
    """fr-BE speaks French, an unknown language English."""
    with i18n.using("fr-BE"):
        assert i18n.current_language() == "fr"
    with i18n.using("xx"):
        assert i18n.current_language() == "en"


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "Mon 26 Feb 2024, 15:00 (Brussels)"),
        ("fr", "lun. 26 févr. 2024, 15:00 (Bruxelles)"),
        ("nl", "ma 26 feb 2024, 15:00 (Brussel)"),
        ("ar", "الاثنين 26 فبراير 2024، 15:00 (بروكسل)"),
    ],
)
def test_a_moment_is_told_in_the_readers_language(language, shown):
    """Day, month, comma and city are of the language; Arabic keeps the digits its readers here write."""
    with i18n.using(language):
        assert i18n.show_datetime(datetime(2024, 2, 26, 14, tzinfo=UTC), "Europe/Brussels") == shown


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "News, Events and Actions"), ("fr", "News, Events et Actions"), ("nl-BE", "News, Events en Actions")],
)
def test_a_list_is_told_in_one_phrase(language, shown):
    """The last two words are joined as the language joins them."""
    assert i18n.show_list(["News", "Events", "Actions"], language) == shown


@pytest.mark.parametrize(
    ("language", "number", "shown"),
    [
        ("en", 1204, "1,204 people"),
        ("fr", 1204, "1\u202f204 personnes"),
        ("nl", 1, "1 persoon"),
        ("ar", 1, "شخص واحد"),
        ("ar", 2, "شخصان"),
        ("ar", 3, "3 أشخاص"),
        ("ar", 1211, "1,211 شخصًا"),
        ("ar", 1200, "1,200 شخص"),
    ],
)
def test_people_are_counted_as_the_language_counts(language, number, shown):
    """Thousands are parted, and each of the six Arabic forms is its own."""
    with i18n.using(language):
        assert i18n.ngettext("%(num)s person", "%(num)s people", number) == shown
