"""What a campaigner writes becomes a mail, and never anything else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from mobilize.core.errors import Refused
from mobilize.delivery.composing.colour import contrast, readable
from mobilize.delivery.composing.composition import compose
from mobilize.delivery.composing.markdown import parse
from mobilize.delivery.composing.sealing import Mjml, TooComplex, to_html
from mobilize.delivery.composing.slots import Marks
from mobilize.delivery.composing.sources import Source
from tests.delivery.sample_mail import HOST, SOURCE, VALUES, composed

HOSTILE = [
    "{{7*7}}",
    "{% for x in y %}",
    "<script>alert(1)</script>",
    "</mj-text><mj-raw><b>raw</b></mj-raw>",
    '" onmouseover="alert(1)',
    "<!-- -->",
    "&lt;b&gt; &amp;",
    "]]><![CDATA[x",
]


def everything(text: str) -> tuple[dict[str, object], ...]:
    """A block of every kind, with the text in every field that takes words."""
    return (
        {"type": "heading", "text": text},
        {"type": "image", "media": "a.jpg", "alt": text, "caption": text},
        {"type": "button", "text": text, "url": "https://example.org/"},
        {"type": "quote", "text": text, "by": text},
        {"type": "links", "title": text, "items": [{"text": text, "url": "https://example.org/", "note": text}]},
        {"type": "divider"},
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_authors_text_is_data(text: str) -> None:
    """Template marks, tags and quotes come out as the characters that were typed, in HTML and in text."""
    mail = composed(*everything(text), subject=text, preheader=text).preview(VALUES)
    assert mail.subject == text
    assert mail.text.count(text) >= 7
    for danger in ("<script", "<b>raw", "mj-raw>", "<![cdata"):
        assert danger not in mail.html.lower()
    assert not re.search(r"<[^>]*onmouseover=\"", mail.html)
    shown = re.sub(r"<[^>]*>", " ", mail.html).replace("&#34;", '"')
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&amp;", "&")):
        shown = shown.replace(entity, character)
    assert shown.count(text) >= 6


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_is_data_too(text: str) -> None:
    """The same inside Markdown: no tag, no template, no attribute of theirs."""
    mail = composed({"type": "text", "markdown": f"{text} *well*"}).preview(VALUES)
    for danger in ("<script", "<b>raw", "<!-- -->", "<![cdata"):
        assert danger not in mail.html.lower().replace("<!--[if", "")
    assert not re.search(r"<[^>]*onmouseover", mail.html)
    assert "<em>well</em>" in mail.html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//example.org", "http:///x", "ftp://a.b"])
def test_only_links_of_the_web_and_mailboxes(url: str) -> None:
    """Another scheme is refused in a button, naming the field, and stays plain characters in Markdown."""
    with pytest.raises(Refused) as refused:
        composed({"type": "divider"}, {"type": "button", "text": "x", "url": url})
    assert refused.value.field == "blocks[1].url"
    assert f'href="{url}' not in composed({"type": "text", "markdown": f"[x]({url})"}).html


def test_quotes_in_an_address_stay_in_the_attribute() -> None:
    """A quote in a URL is encoded before anyone sees it."""
    asked: list[str] = []

    def link_for(url: str) -> str:
        asked.append(url)
        return HOST

    block = {"type": "button", "text": "x", "url": 'https://example.org/"><img src=x>'}
    compose(replace(SOURCE, blocks=(block,)), link_for)
    assert "https://example.org/%22%3E%3Cimg%20src=x%3E" in asked


@pytest.mark.parametrize(
    ("block", "field"),
    [
        ({"type": "video"}, "type"),
        ({}, "type"),
        ({"type": "heading", "text": " "}, "text"),
        ({"type": "button", "text": "x"}, "url"),
        ({"type": "image", "media": "../keys/secret", "alt": "x"}, "media"),
        ({"type": "image", "media": "https://elsewhere.example/x.png", "alt": "x"}, "media"),
        ({"type": "text", "markdown": "x" * 20_001}, "markdown"),
        ({"type": "text", "markdown": "[" * 1_001}, "markdown"),
    ],
)
def test_a_block_that_cannot_be_sent_names_its_field(block: dict[str, str], field: str) -> None:
    """Whatever is missing or foreign is refused before anything is frozen."""
    with pytest.raises(Refused) as refused:
        composed(block)
    assert refused.value.field == f"blocks[0].{field}"


@pytest.mark.parametrize("deep", [">" * 10_000, "- " * 9_000, "*" * 10_000, "1. " * 6_000, "`" * 10_000, "\\" * 10_000])
def test_deep_markdown_is_harmless(deep: str) -> None:
    """Nesting of ten thousand is cut, not followed."""
    assert composed({"type": "text", "markdown": deep + "end"}).html.count("<blockquote") <= 20


def test_merge_fields_and_their_fallbacks() -> None:
    """Known fields are filled, with a fallback where the value is blank; unknown ones stay literal."""
    mail = composed({"type": "text", "markdown": "{{first_name|friend}} {{ last_name }}, {{organisation}} {{email}}"})
    assert "Amina Azadi, City of Solidarity {{email}}" in mail.preview({**VALUES, "last_name": "Azadi"}).text
    assert "friend , City" in mail.preview({**VALUES, "first_name": " "}).text
    assert mail.preview(VALUES).subject == "December at City of Solidarity"


def test_a_value_never_enters_an_address() -> None:
    """A merge field in a link stays as typed: no name reaches a log through a URL."""
    mail = composed({"type": "text", "markdown": "{{first_name}} [x](mailto:{{first_name}}@example.org)"})
    assert mail.preview(VALUES).html.count("Amina") == 1


def test_a_campaigner_cannot_type_a_mark() -> None:
    """The prefix of marks follows from the whole source, so any guess changes it."""
    guess = composed().marks.prefix
    mail = composed({"type": "text", "markdown": f"{guess}0000x &#122;{guess[1:]}0000x"})
    assert mail.marks.prefix != guess
    assert mail.preview(VALUES).text.count(f"{guess}0000x") == 2
    assert Marks.for_source("a").prefix != Marks.for_source("b").prefix


def test_values_come_out_as_text() -> None:
    """Tags and quotes in a name are characters in HTML and in text; line breaks and bidi controls are gone."""
    mail = composed().preview({**VALUES, "first_name": '<b onclick="x">A\r\nB\u202e</b>'})
    assert "&lt;b onclick=&quot;x&quot;&gt;A B&lt;/b&gt;" in mail.html
    assert '<b onclick="x">A B</b>' in mail.text


def test_a_missing_link_is_refused() -> None:
    """A mail without the way to leave must not go out; a missing name may."""
    with pytest.raises(Refused) as refused:
        composed().preview({"first_name": "A", "preferences_url": "x"})
    assert refused.value.field == "unsubscribe_url"


def test_no_foreign_host_in_the_page() -> None:
    """Every address is our own: pictures, links, fonts, the organisation's website too."""
    blocks = [
        *everything("words"),
        {"type": "text", "markdown": "[a](https://elsewhere.example.net/) <https://b.example>"},
    ]
    html = composed(*blocks).preview(VALUES).html
    attributes = re.findall(r"(?:href|src|background|action|srcset)=[\"']?([^\"'\s>]+)", html)
    assert {urlsplit(url).netloc for url in attributes} == {urlsplit(HOST).netloc}
    assert not re.search(r"@import|url\(|<link|<script", html)


@pytest.mark.parametrize(("language", "start"), [("en", "left"), ("ar", "right")])
def test_language_direction_and_accessibility(language: str, start: str) -> None:
    """Language, direction and sides are explicit; tables are presentation; pictures have alternative text."""
    html = composed(*everything("كلمات"), language=language).preview(VALUES).html
    direction = "rtl" if language == "ar" else "ltr"
    assert re.search(rf'<html[^>]*lang="{language}" dir="{direction}"', html)
    assert not re.search(rf"direction:(?!{direction})", html)
    assert f"text-align:{start}" in html
    assert all('role="presentation"' in table for table in re.findall(r"<table[^>]*>", html))
    assert all("alt=" in picture for picture in re.findall(r"<img[^>]*>", html))
    assert "prefers-color-scheme: dark" in html


def test_a_source_survives_being_stored() -> None:
    """What a Content row freezes gives the same mail back."""
    stored = json.loads(json.dumps(SOURCE.to_json()))
    assert Source.from_json(stored) == SOURCE
    assert composed().html == composed().html


@pytest.mark.parametrize(
    ("template", "facts"),
    [
        ("signup/confirm", ("lists", "action_url")),
        ("signup/welcome", ("lists", "preferences_url", "unsubscribe_url")),
        ("accounts/invitation", ("action_url", "organisation")),
        ("accounts/reset", ("action_url",)),
        ("subscribers/preferences", ("action_url",)),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr", "nl", "ar"])
def test_transactional_mails(template: str, facts: tuple[str, ...], language: str) -> None:
    """Each has a subject, the person's link in both parts, and no way to leave a list they are not on."""
    words = {"subject": "", "preheader": "", "blocks": (), "fixed": {}}
    mail = composed(template=template, to_list=False, facts=facts, language=language, **words)
    shown = mail.preview({**VALUES, "lists": "*News* & <b>"})
    link = VALUES["action_url" if "action_url" in facts else "preferences_url"]
    assert shown.subject
    assert link in shown.text
    assert f'href="{link}"' in shown.html
    assert "<b>" not in shown.html
    assert ("*News*" in shown.text) == ("lists" in facts)


@pytest.mark.parametrize("template", ["mailings/newsletter", "delivery/test"])
def test_only_mail_to_a_list_carries_the_ways_to_leave_it(template: str) -> None:
    """The source says whether it goes to a list, wherever its template stands."""
    shown = [composed(template=template, to_list=to_list).preview(VALUES) for to_list in (True, False)]
    assert [VALUES["unsubscribe_url"] in one.html for one in shown] == [True, False]
    assert [VALUES["unsubscribe_url"] in one.text for one in shown] == [True, False]


def test_a_template_gets_only_the_facts_of_its_mail() -> None:
    """A fact nobody gave is refused by name."""
    with pytest.raises(Refused) as refused:
        composed(template="accounts/reset", to_list=False, facts=(), subject="x")
    assert refused.value.field == "action_url"


def test_accents_are_moved_until_they_can_be_read() -> None:
    """A pale colour gets darker on paper, a dark one lighter at night; what is no colour is refused."""
    assert contrast(readable("#ffee00", "#fbfaf8"), "#fbfaf8") >= 4.5
    assert contrast(readable("#101010", "#141618"), "#141618") >= 4.5
    assert readable("#1f5f99", "#fbfaf8") == "#1f5f99"
    with pytest.raises(Refused):
        readable("red;background:url(x)", "#ffffff")


def test_mjml_limits() -> None:
    """What would crash the compiler is refused before it gets there."""
    with pytest.raises(TooComplex):
        to_html(Mjml("<mj-section>" * 51))
    with pytest.raises(TooComplex):
        to_html(Mjml("x" * 300_001))


def test_plain_text_reads_well() -> None:
    """Links, lists, quotes and breaks in the text part."""
    markdown = "Hi  \nyou [a](https://e.example/1)"
    markdown += "\n\n- one\n  - two\n\n3. three\n\n   more\n\n> said\n\n---\n\n<m@example.org>"
    text = composed({"type": "text", "markdown": markdown}).text
    assert text.startswith(
        f"Hi\nyou a <{HOST}/l/19>\n\n"
        "- one\n  - two\n\n3. three\n\n   more\n\n> said\n\n* * *\n\nm@example.org\n\n----\n"
    )


def test_single_line_breaks_stay() -> None:
    """A postal address typed on three lines arrives on three lines, in HTML and in text."""
    mail = composed({"type": "text", "markdown": "Ernesto Vos\nRue de la Loi 1\n1000 Brussels"}).preview(VALUES)
    assert "Ernesto Vos\nRue de la Loi 1\n1000 Brussels" in mail.text
    assert re.search(r"Ernesto Vos\s*<br ?/?>\s*Rue de la Loi 1\s*<br ?/?>\s*1000 Brussels", mail.html)


@pytest.mark.parametrize("number", ["tel:+32-2-555.01.23", "tel:112", "TEL:+3225550123;ext=12"])
def test_a_telephone_can_be_linked(number: str) -> None:
    """A telephone link goes into the mail as it is, not through the redirect, which could not lead to it."""
    mail = composed({"type": "text", "markdown": f"[call us]({number})"}).preview(VALUES)
    assert f'href="{number}"' in mail.html
    assert "[call us]" not in mail.text


@pytest.mark.parametrize("number", ["tel:", "tel:javascript", "tel:+32x"])
def test_what_is_no_telephone_stays_text(number: str) -> None:
    """Only digits and their separators make a telephone link."""
    mail = composed({"type": "text", "markdown": f"[call us]({number})"}).preview(VALUES)
    assert f'href="{number}"' not in mail.html
    assert f"[call us]({number})" in mail.text


@pytest.mark.parametrize(
    ("markdown", "links"),
    [
        ("See https://example.org/a_b_c(1), (http://b.test/x).", ["https://example.org/a_b_c(1)", "http://b.test/x"]),
        ("**https://b.test/?a=1&b=2**", ["https://b.test/?a=1&b=2"]),
        ("[https://b.test](https://example.org/a)", ["https://example.org/a"]),
        ("ftp://c.test `https://d.test` https://{{first_name}}", []),
    ],
)
def test_a_bare_address_becomes_a_link(markdown: str, links: list[str]) -> None:
    """Without the mark that ends the sentence; not within a link or code, nor of another kind."""
    found: list[str] = []
    parse(markdown, lambda url: found.append(url) or url)
    assert found == links
