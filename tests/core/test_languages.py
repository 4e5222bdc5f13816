"""Names of languages as their reader calls them."""

from __future__ import annotations

import pytest

from mobilize.core.i18n import show_language, using


@pytest.mark.parametrize(
    ("reader", "tag", "name"),
    [
        ("en", "nl", "Dutch"),
        ("fr", "nl", "néerlandais"),
        ("nl", "fr", "Frans"),
        ("ar", "nl", "الهولندية"),
        ("en", "fr-BE", "French (Belgium)"),
        ("en", "xx", "xx"),
        ("en", "not a tag", "not a tag"),
    ],
)
def test_a_language_is_named_in_the_readers_own(reader: str, tag: str, name: str) -> None:
    """CLDR's name; a tag that CLDR does not know stays as it is."""
    with using(reader):
        assert show_language(tag) == name
