"""The demonstration's files hold together: languages, blocks, links, pictures and what they say of real people."""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from mobilize.core.i18n import LANGUAGES
from mobilize.demo import content
from mobilize.demo.readers import COUNT, readers
from mobilize.mailings.forms import parse_content_file

BLOCKS = {"heading", "text", "image", "button", "quote", "links", "divider"}
QUOTED = json.loads((Path(__file__).parent / "quoted.json").read_text(encoding="utf-8"))
every_organisation = pytest.mark.parametrize("slug", content.ORGANISATIONS)


def newsletter(slug: str) -> dict[str, Any]:
    """The newsletter as it stands in its file: pictures by file name, links of the product without a host."""
    return content.newsletter(slug, {name: name for name in content.pictures(slug)}, lambda path: path)


def fields(value: Any, hidden: tuple[str, ...] = ("type", "url", "media")) -> Iterator[str]:
    """Every text in a block, form or organisation that a reader would see."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in hidden:
                yield from fields(inner, hidden)
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner, hidden)


def urls(value: Any) -> Iterator[str]:
    """Every address in a block, with those inside its items."""
    if isinstance(value, dict):
        yield from ([value["url"]] if "url" in value else [])
        for inner in value.values():
            yield from urls(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from urls(inner)


def targets(value: Any) -> list[str]:
    """The addresses in a block, without the language in which they open."""
    return [url.partition("?lang=")[0] for url in urls(value)]


def people_in(text: str) -> set[str]:
    """Which real people a text names, in Latin or Arabic letters."""
    return {who for who, names in QUOTED["people"].items() if any(name in text for name in names)}


def sentences(text: str) -> Iterator[str]:
    """The sentences of Markdown text, without the marks of its lists."""
    for line in text.split("\n"):
        yield from re.split(r"(?<=[.?]) ", line.removeprefix("- "))


def test_every_kind_of_block_is_shown_across_the_five_newsletters() -> None:
    """A newcomer sees each block once without having to write one."""
    used = {
        block["type"]
        for slug in content.ORGANISATIONS
        for version in newsletter(slug)["languages"].values()
        for block in version["blocks"]
    }
    assert used == BLOCKS


@every_organisation
def test_a_newsletter_is_in_all_its_organisations_languages(slug: str) -> None:
    """Each language has the same blocks, pictures and links in the same order."""
    source = content.organisation(slug)
    versions = newsletter(slug)["languages"]
    assert tuple(versions) == source.languages
    assert source.default_language in source.languages
    shapes = {
        lang: [(block["type"], sorted(block), block.get("media"), targets(block)) for block in version["blocks"]]
        for lang, version in versions.items()
    }
    assert all(shape == shapes[source.default_language] for shape in shapes.values())


def test_one_newsletter_is_also_in_arabic() -> None:
    """Right-to-left mail is part of the demonstration, and its text is in Arabic letters."""
    version = newsletter("brussels")["languages"]["ar"]
    for block in version["blocks"]:
        for text in fields({key: block[key] for key in block if key in {"text", "markdown", "alt", "title"}}):
            assert any(unicodedata.name(letter, "").startswith("ARABIC LETTER") for letter in text), text


@every_organisation
def test_a_newsletter_is_a_valid_content_file(slug: str) -> None:
    """What the product reads from any campaigner's file, it reads from ours, with every block."""
    raw = newsletter(slug)
    text = parse_content_file(json.dumps(raw))
    assert text.name == raw["name"]
    assert text.sender.address == content.organisation(slug).sender_address
    for language, version in text.languages.items():
        assert len(version.blocks) == len(raw["languages"][language]["blocks"])
        assert version.subject
        assert version.preheader


@every_organisation
def test_lists_and_form_speak_every_language_of_the_product(slug: str) -> None:
    """A visitor who reads the sign-up page in any language finds names, wording and thanks in it."""
    source = content.organisation(slug)
    texts = [source.label, source.form.title, source.form.intro, source.form.thanks, source.form.consent]
    texts += [text for one in source.lists for text in (one.name, one.description)]
    for text in texts:
        assert set(text) == set(LANGUAGES)
        assert all(text.values())


@every_organisation
def test_the_form_offers_public_lists_only(slug: str) -> None:
    """The newsletter comes first, two to four lists in all, and nobody can put themselves on a private one."""
    source = content.organisation(slug)
    public = {one.slug for one in source.lists if one.public}
    assert source.lists[0].slug == "newsletter"
    assert 2 <= len(source.lists) <= 4
    assert set(source.form.lists) == public
    assert source.form.consent_version == 1
    assert ZoneInfo(source.zone)


def test_accent_colours_are_distinct() -> None:
    """Five organisations, five colours, each written out in full."""
    accents = [content.organisation(slug).accent for slug in content.ORGANISATIONS]
    assert len(set(accents)) == len(accents)
    assert all(re.fullmatch(r"#[0-9a-f]{6}", accent) for accent in accents)


def test_a_name_missing_in_the_source_stays_blank() -> None:
    """The platform's own name is not in its page; what it is, is said in every language."""
    platform = content.organisation("brussels-platform")
    assert platform.names == {}
    assert platform.label["en"] == "Brussels platform for international solidarity"
    assert all(content.organisation(slug).names for slug in content.ORGANISATIONS if slug != platform.slug)


@every_organisation
def test_addresses_are_made_up(slug: str) -> None:
    """No mail address or host outside example.org or example.net stands anywhere in the files."""
    for folder in ("organisations", "newsletters"):
        text = (content.FOLDER / folder / f"{slug}.json").read_text(encoding="utf-8")
        hosts = re.findall(r"@([\w.-]+)", text) + re.findall(r"https?://([\w.-]+)", text)
        assert hosts
        assert all(re.fullmatch(r"(?:[\w-]+\.)*example\.(?:org|net)", host) for host in hosts)
    assert all(reader.address.endswith(f"@{slug}.example.org") for reader in readers(content.organisation(slug)))


@every_organisation
def test_links_lead_to_the_organisation_only(slug: str) -> None:
    """A link stays on the organisation's pages: in the product, in the mail's language, or on its made-up site."""
    for language, version in newsletter(slug)["languages"].items():
        found = list(urls(version["blocks"]))
        assert f"/{slug}/subscribe?lang={language}" in found
        assert all(url.startswith((f"/{slug}/", f"https://{slug}.example.org/")) for url in found)


@every_organisation
def test_links_and_pictures_are_completed(slug: str) -> None:
    """What the loader hands on holds stored names and complete addresses, also inside lists of links."""
    media = {name: f"stored-{name}" for name in content.pictures(slug)}
    placed = content.newsletter(slug, media, lambda path: f"http://127.0.0.1:8000{path}")
    for version in placed["languages"].values():
        assert all(url.startswith(("http://127.0.0.1:8000/", "https://")) for url in urls(version["blocks"]))
        assert {block["media"] for block in version["blocks"] if "media" in block} == set(media.values())


@every_organisation
def test_pictures_are_small_and_described(slug: str) -> None:
    """Each picture is in the folder, under 60 KB, and has alternative text in each language."""
    names = content.pictures(slug)
    assert names
    for name in names:
        path = content.FOLDER / "pictures" / name
        assert path.stat().st_size < 60_000
        with Image.open(path) as picture:
            assert picture.size == (1200, 480)
    for version in newsletter(slug)["languages"].values():
        assert all(block["alt"] for block in version["blocks"] if block["type"] == "image")


@every_organisation
def test_greetings_have_a_fallback(slug: str) -> None:
    """A reader without a first name is still greeted in their language."""
    for version in newsletter(slug)["languages"].values():
        merged = [field for text in fields(version["blocks"]) for field in re.findall(r"\{\{(.*?)\}\}", text)]
        assert any(re.fullmatch(r"first_name\|.+", field) for field in merged)
        assert all(re.fullmatch(r"first_name\|.+|organisation", field) for field in merged)


@every_organisation
def test_words_are_calm_and_clean(slug: str) -> None:
    """No exclamation mark and no character that reorders or hides text."""
    texts = list(fields(newsletter(slug)["languages"]))
    texts += fields(json.loads((content.FOLDER / "organisations" / f"{slug}.json").read_text(encoding="utf-8")))
    for text in texts:
        assert "!" not in text
        assert not any(unicodedata.category(letter) in {"Cf", "Co"} for letter in text)


@every_organisation
def test_real_people_are_named_in_the_words_of_the_source(slug: str) -> None:
    """In English a real person is named only in sentences that stand on the organisation's page."""
    quoted = QUOTED["sentences"][slug]
    for text in fields(newsletter(slug)["languages"]["en"]):
        for sentence in sentences(text):
            assert not people_in(sentence) or any(sentence in one for one in quoted), sentence


@every_organisation
def test_translations_name_the_same_people(slug: str) -> None:
    """A translated field names exactly the people whom its English field names."""
    versions = newsletter(slug)["languages"]
    english = [people_in(text) for text in fields(versions["en"])]
    for version in versions.values():
        assert [people_in(text) for text in fields(version)] == english


@every_organisation
def test_lists_and_forms_name_nobody(slug: str) -> None:
    """Topics and wording are about the work, not about people."""
    source = json.loads((content.FOLDER / "organisations" / f"{slug}.json").read_text(encoding="utf-8"))
    assert not any(people_in(text) for text in fields({**source, "features": {}}))


@every_organisation
def test_events_name_people_in_the_words_of_the_source(slug: str) -> None:
    """In English; the names of an office's holder are those that the organisation's page gives."""
    for text in fields(content.organisation(slug).features.get("events", []), hidden=("fr", "nl", "ar", "slug")):
        for sentence in sentences(text):
            assert not people_in(sentence) or any(sentence in one for one in QUOTED["sentences"][slug]), sentence


@every_organisation
def test_quotes_stand_in_the_source(slug: str) -> None:
    """What is set as a quote is one."""
    blocks = newsletter(slug)["languages"]["en"]["blocks"]
    quotes = [block["text"] for block in blocks if block["type"] == "quote"]
    assert quotes
    assert set(quotes) <= set(QUOTED["sentences"][slug])


@every_organisation
def test_readers_are_the_same_at_every_run(slug: str) -> None:
    """Two hundred made-up people, no address twice, in every language, some of them without a first name."""
    source = content.organisation(slug)
    found = list(readers(source))
    assert found == list(readers(source))
    assert len({reader.address for reader in found}) == len(found) == COUNT == 200
    for language in source.languages:
        spoken = [reader for reader in found if reader.language == language]
        assert {bool(reader.first_name) for reader in spoken} == {True, False}
        assert {name for reader in spoken for name in reader.lists} == {one.slug for one in source.lists}
    assert all("newsletter" in reader.lists for reader in found)
