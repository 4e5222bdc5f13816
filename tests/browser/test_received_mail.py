"""A newsletter of the demonstration as it arrived, in each of its languages, judged by other people's parsers."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import dkim
import lxml.html
import pytest

from mobilize.core import crypto, db, startup
from mobilize.demo import content
from mobilize.demo.readers import Reader, readers
from mobilize.organisations.queries import brand_by_slug, dns_records
from tests.browser.demonstration import Demonstration
from tests.browser.mailbox import Mailbox, Received, until
from tests.browser.pages import ORGANISATION

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

SOURCE = content.organisation(ORGANISATION)
NEWSLETTER = content.newsletter(ORGANISATION, {name: name for name in content.pictures(ORGANISATION)}, str)["languages"]
GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = pytest.mark.parametrize("language", SOURCE.languages)
VOLATILE = (
    (re.compile(r"http://127\.0\.0\.1:\d+"), "<base>"),
    (re.compile(r"/u/[\w-]+"), "/u/<token>"),
    (re.compile(r"(?<=Message-ID: <)[0-9a-f]{32}"), "<digest>"),
    (re.compile(r"(?<=Date: ).+"), "<date>"),
    (re.compile(r"(?<=Feedback-ID: )[a-z2-7]{26}"), "<uid>"),
    (re.compile(r"(?<= s=)\w+; t=\d+"), "<selector>; t=<time>"),
    (re.compile(r"(?<= bh=)[\w+/=]+"), "<digest>"),
    (re.compile(r"(?<= b=)(?:[\w+/=]+\s*)+(?=\nFrom)"), "<signature>"),
    (re.compile(r"(?<=boundary=\")[^\"]+"), "<boundary>"),
)
MERGE_FIELD = re.compile(r"\{\{first_name\|([^}]*)\}\}")
POINTS_ELSEWHERE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//([^\s\"'<>()\\/]+)", re.IGNORECASE)


def reader_of(language: str, *, named: bool = True) -> Reader:
    """The first reader of a language, with a name or without one."""
    return next(one for one in readers(SOURCE) if one.language == language and bool(one.first_name) is named)


def newsletter_for(place: Demonstration, reader: Reader) -> Received:
    """Their copy of the demonstration's own mailing."""
    subject = NEWSLETTER[reader.language]["subject"]
    found = until(
        lambda: [mail for mail in Mailbox(place.base).all(reader.address) if mail.subject == subject],
        f"the newsletter of {reader.address}",
    )
    assert len(found) == 1
    return found[0]


@pytest.fixture
def mail(place: Demonstration, language: str) -> Received:
    return newsletter_for(place, reader_of(language))


@pytest.fixture(scope="module")
def published(place: Demonstration) -> dict[str, str]:
    """What the organisation is told to publish in the DNS, by name."""
    startup.connect(place.settings)
    with db.reading():
        records = dns_records(brand_by_slug(ORGANISATION).id, None)
    db.disconnect()
    crypto.use(None)
    return {record.name: record.value for record in records}


@LANGUAGES
def test_the_signature_verifies(mail: Received, published: dict[str, str]) -> None:
    """With the public key that the settings show, and not once a letter of the subject or of the text has changed."""
    assert verifies(mail.raw, published)
    assert not verifies(mail.raw.replace(b"\r\nSubject: ", b"\r\nSubject: X", 1), published)
    assert not verifies(mail.raw + b"one line more\r\n", published)


@LANGUAGES
def test_nobody_can_add_a_second_sender(mail: Received, published: dict[str, str]) -> None:
    """The signed fields are signed once more than they are there, so that another one spoils the signature."""
    assert not verifies(mail.raw.replace(b"\r\nFrom: ", b"\r\nFrom: evil@example.net\r\nFrom: ", 1), published)


@LANGUAGES
def test_the_mime_has_no_defects(mail: Received) -> None:
    """Text first, then HTML, both UTF-8, in lines that any server takes (RFC 5322, section 2.1.1)."""
    assert [part for part in mail.message.walk() if part.defects] == []
    assert [defect for value in mail.message.values() for defect in getattr(value, "defects", ())] == []
    kinds = [part.get_content_type() for part in mail.message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    lines = mail.raw.split(b"\r\n")
    assert all(len(line) <= 998 and b"\n" not in line and b"\r" not in line for line in lines)
    assert mail.raw.isascii()


@LANGUAGES
def test_the_headers_are_the_golden_ones(mail: Received, language: str) -> None:
    """Every header line, in order; what differs from one copy to the next is replaced by its name."""
    assert normalised(mail.raw) == (GOLDEN / f"newsletter-{language}.headers").read_text()


@LANGUAGES
def test_no_header_tells_about_the_reader(mail: Received, language: str) -> None:
    """Beside the To field, no header holds the address or the name, as it stands or decoded."""
    reader = reader_of(language)
    told = "\n".join(f"{name}: {value}" for name, value in mail.message.items() if name != "To")
    assert reader.address not in told
    assert reader.first_name not in told
    assert mail.message["To"].addresses[0].addr_spec == reader.address
    assert mail.message["To"].addresses[0].display_name == reader.first_name


@LANGUAGES
def test_the_html_names_no_foreign_host(place: Demonstration, mail: Received) -> None:
    """No attribute, no style and no comment points anywhere but to the service itself."""
    assert set(hosts_in(mail.html)) == {urlsplit(place.base).netloc}


def test_a_foreign_host_is_found_wherever_it_hides() -> None:
    """Attributes of any name, CSS in an attribute or a sheet, comments for one mail program."""
    for hidden in (
        "<img src='https://a.example.net/x.png'>",
        "<table background='//a.example.net/x.png'></table>",
        "<img srcset='x.png 1x, https://a.example.net/y.png 2x'>",
        "<p style='background: url(https://a.example.net/x.png)'></p>",
        "<style>@import '//a.example.net/x.css';</style>",
        "<!--[if mso]><img src='https://a.example.net/x.png'><![endif]-->",
    ):
        assert hosts_in(f"<html><body>{hidden}</body></html>") == ["a.example.net"]
    assert hosts_in("<html><body><p>See https://a.example.net</p></body></html>") == []


@LANGUAGES
def test_the_way_out_is_in_header_html_and_text(mail: Received) -> None:
    """One address, three places; mail programs are told that one POST is enough (RFC 8058)."""
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.one_click in mail.text
    assert mail.one_click in hrefs(mail.html)
    assert urlsplit(mail.one_click).path.startswith("/u/")


@LANGUAGES
def test_the_greeting_is_personal(place: Demonstration, language: str) -> None:
    """By name where there is one; else with the words that the campaigner chose, never with a gap or a field's name."""
    source = next(
        line
        for block in NEWSLETTER[language]["blocks"]
        for line in block.get("markdown", "").splitlines()
        if MERGE_FIELD.search(line)
    )
    fallback = MERGE_FIELD.findall(source)[0]
    for reader in (reader_of(language), reader_of(language, named=False)):
        mail = newsletter_for(place, reader)
        greeting = MERGE_FIELD.sub(reader.first_name or fallback, source)
        assert greeting in mail.text
        assert greeting in lxml.html.document_fromstring(mail.html).text_content()
        assert "{{" not in mail.text + mail.html


@LANGUAGES
def test_the_page_says_its_language_and_direction(mail: Received, language: str) -> None:
    """For screen readers, and for Arabic to begin at the right."""
    root = lxml.html.document_fromstring(mail.html)
    assert root.get("lang") == language
    assert root.get("dir") == ("rtl" if language == "ar" else "ltr")


@LANGUAGES
def test_the_text_reads_by_itself(place: Demonstration, mail: Received, language: str) -> None:
    """No markup, no entity; every heading, and every address that the HTML links to, is in it."""
    assert not re.search(r"</?[a-z]+(?:\s[^>]*)?/?>|&[a-z]+;|&#\d+;|\*\*", mail.text)
    for block in NEWSLETTER[language]["blocks"]:
        if block["type"] == "heading":
            assert block["text"] in mail.text
    assert {link for link in hrefs(mail.html) if link.startswith(place.base)} <= set(mail.parts.links)
    assert set(hrefs(mail.html)) - set(re.findall(r"https?://[^\s<>]+", mail.text)) == set()


def verifies(raw: bytes, published: dict[str, str]) -> bool:
    """What dkimpy says, with our records in the place of the DNS."""
    return bool(dkim.verify(raw, dnsfunc=lambda name, timeout=5: published[name.decode().rstrip(".")].encode()))


def normalised(raw: bytes) -> str:
    """The header block with ``\\n`` line ends."""
    text = raw.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n", "\n")
    for pattern, name in VOLATILE:
        text = pattern.sub(name, text)
    return text + "\n"


def hrefs(html: str) -> list[str]:
    """Where the anchors lead."""
    return [str(link) for link in lxml.html.document_fromstring(html).xpath("//a/@href")]


def hosts_in(html: str) -> list[str]:
    """The hosts of every address in an attribute, a style sheet or a comment; the names of XML spaces are none."""
    root = lxml.html.document_fromstring(html)
    found = []
    for element in root.iter():
        if isinstance(element.tag, str):
            texts = [value for name, value in element.attrib.items() if not name.startswith("xmlns")]
            texts += [element.text or ""] if element.tag in {"style", "script"} else []
        else:
            texts = [re.sub(r"xmlns(:\w+)?=\"[^\"]*\"", "", element.text or "")]
        found += [host for text in texts for host in POINTS_ELSEWHERE.findall(text)]
    return found
