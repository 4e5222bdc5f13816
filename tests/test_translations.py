"""Every word is spoken in every language."""

from __future__ import annotations

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
