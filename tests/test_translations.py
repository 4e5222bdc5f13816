"""Every word is spoken in every language."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from mobilize.core import i18n
from scripts import translations


def test_every_word_is_translated_with_the_same_placeholders():
    """No page falls back to English in the middle of a sentence."""
    assert list(translations.missing()) == []


def test_no_catalogue_keeps_words_that_are_gone():
    """What a feature's code no longer says stands in none of its catalogues."""
    stale = {
        (language, feature, message.id)
        for language in translations.LANGUAGES
        for feature, catalogue in translations.stored(language).items()
        for message in catalogue
        if message.id and message.id not in translations.words().get(feature, ())
    }
    assert stale == set()


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_updating_changes_nothing_when_nothing_is_new(language, tmp_path, monkeypatch):
    """The stored files are as the script writes them, headers and order included."""
    folder = translations.FOLDER / language
    shutil.copytree(folder, tmp_path / language)
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    monkeypatch.setattr(translations, "LANGUAGES", {language: translations.LANGUAGES[language]})
    translations.update()
    assert {path.name: path.read_text() for path in (tmp_path / language).iterdir()} == {
        path.name: path.read_text() for path in folder.iterdir()
    }


def test_a_message_of_two_features_has_one_translation(tmp_path, monkeypatch):
    """Catalogues are merged when they are read: a second translation of the same message would win by file name."""
    (tmp_path / "fr").mkdir()
    for feature, translation in (("one", "Enregistrer"), ("two", "Sauver")):
        (tmp_path / "fr" / f"{feature}.po").write_text(f'msgid "Save"\nmsgstr "{translation}"\n')
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    monkeypatch.setattr(translations, "words", dict)
    assert ("fr", "Save", "translated in two ways") in list(translations.missing())


@pytest.mark.parametrize(
    ("file", "feature"),
    [
        ("mobilize/mailings/checks.py", "mailings"),
        ("mobilize/templates/ui/table.html", "ui"),
        ("email_templates/signup/confirm/body.mjml", "signup"),
        ("email_templates/_layout.mjml", "core"),
        ("mobilize/doctor.py", "core"),
    ],
)
def test_a_message_stands_in_its_features_catalogue(file, feature):
    """The folder decides; what stands in no folder is of the core."""
    assert translations.feature_of(file) == feature


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
        ("fr", 0, "0 personne"),
        ("nl", 0, "0 personen"),
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
