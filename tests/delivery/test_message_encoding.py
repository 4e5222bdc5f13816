"""The message as bytes: what a strict reader of the RFCs finds in it."""

from __future__ import annotations

import email
import email.policy
import hashlib
import quopri
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilize.core.errors import Refused
from mobilize.delivery.mime import header_fields
from mobilize.delivery.mime.message import CompiledMessage, Rendered, StaticHeaders, compile_message
from mobilize.delivery.mime.parts import Attachment
from mobilize.delivery.mime.quoted import is_plain, quoted_line, quoted_lines
from tests.delivery.sample_mail import AT, VALUES, compiled, composed, rendered

GOLDEN = Path(__file__).parent / "newsletter_headers.golden"
ACTING = ["a\r\nBcc: x@example.org", "a\nb", "a\rb", "a\0b", "a\u202eb", "a\u2066b", "a\u2028b"]


def parsed(message: Rendered) -> EmailMessage:
    """Read by the standard library; no part may have a defect."""
    found = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    assert [part.defects for part in found.walk() if part.defects] == []
    return found


def part(message: EmailMessage, kind: str) -> str:
    """The decoded text of a part, with LF line ends."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.fixture(scope="module")
def message() -> CompiledMessage:
    return compiled()


def test_headers_equal_the_golden_file(message: CompiledMessage) -> None:
    """Order, folding and wording of a newsletter's headers are a promise to mail providers."""
    assert b"".join(rendered(message).headers).replace(b"\r\n", b"\n").decode() == GOLDEN.read_text()


def test_a_transactional_mail_has_no_list_headers() -> None:
    """Auto-Submitted instead of List-*: nobody can unsubscribe from a password reset."""
    mail = composed(template="accounts/reset", facts=("action_url",), subject="", blocks=())
    message = compile_message(mail, StaticHeaders("City", "news@example.org", automatic=True))
    names = [line.partition(b":")[0] for line in rendered(message).headers]
    assert b"Auto-Submitted" in names
    assert not [name for name in names if name.startswith(b"List-")]


@settings(deadline=None, max_examples=60)
@given(name=st.text(max_size=400))
def test_any_value_comes_out_as_text(name: str) -> None:
    """Whatever a name holds, it is read back as that text on one line, in lines of at most 76 octets."""
    result = rendered(compiled(), first_name=name)
    raw = result.as_bytes()
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, result.body.split(b"\r\n"))) <= 76
    assert result.body_hash == hashlib.sha256(result.body).digest()
    expected = header_fields.flattened(name).encode("utf-8", "replace").decode() if name.strip() else "friend"
    if name.strip():
        assert f"Dear {expected}, read" in part(parsed(result), "plain")


def test_a_huge_value_is_no_trouble(message: CompiledMessage) -> None:
    """A megabyte of script in a name is a megabyte of text."""
    result = rendered(message, first_name="<script>" * 125_000)
    assert "&lt;script&gt;" * 125_000 in part(parsed(result), "html")
    assert b"<script>" not in result.body.split(b"text/html")[1]


@settings(deadline=None, max_examples=60)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=600))
def test_quoted_printable_reads_back(text: str) -> None:
    """Encoder and the standard library's decoder agree; lines stay short and neither dot nor From starts one."""
    encoded = quoted_lines(text)
    assert quopri.decodestring(encoded).decode().replace("\r\n", "\n") == text
    for line in encoded.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))


@settings(deadline=None, max_examples=60)
@given(text=st.text(st.characters(codec="ascii"), max_size=80))
def test_plain_values_need_no_encoding(text: str) -> None:
    """What is called plain encodes to itself."""
    if is_plain(text):
        assert quoted_line(text) == text.encode()


@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=300))
def test_subjects_read_back(text: str) -> None:
    """Any subject without controls is decoded to what it was, in lines that RFC 2047 allows."""
    subject = " ".join(header_fields.flattened(text).split()).encode("utf-8", "replace").decode()
    line = header_fields.unstructured("Subject", subject)
    assert max(map(len, line.split(b"\r\n"))) <= 78
    found = email.message_from_bytes(line + b"\r\n", policy=email.policy.default)
    assert (found["Subject"] or "") == subject


@pytest.mark.parametrize(
    "name", ["Amina", "Zoë Ünal", 'A "B" \\C', "O'Neil, Jr.", "=?utf-8?Q?x?=", "名" * 60, "a b " * 30]
)
def test_names_read_back(message: CompiledMessage, name: str) -> None:
    """Quotes, commas, other scripts and length survive in To."""
    line = rendered(message, to_name=name.strip()).headers[1].decode().removeprefix("To: ").replace("\r\n", "")
    phrase, address = parseaddr(line)
    assert (str(make_header(decode_header(phrase))), address) == (name.strip(), "amina@example.org")


@pytest.mark.parametrize("value", ACTING)
def test_values_that_would_act_in_a_header_are_refused(message: CompiledMessage, value: str) -> None:
    """Line breaks, NUL and bidirectional controls: in names, addresses, subjects, identifiers and links."""
    person = {"to_name": "A", "to_address": "a@example.org", "message_id": "1@example.org", "date": AT}
    for changed in ({"to_name": value}, {"to_address": f"{value}@example.org"}, {"message_id": f"{value}@example.org"}):
        with pytest.raises(Refused):
            message.render(VALUES, **{**person, **changed})  # type: ignore[arg-type]
    for name in ("one_click_url", "unsubscribe_mailto"):
        with pytest.raises(Refused):
            message.render({**VALUES, name: f"{value}@example.org"}, **person)  # type: ignore[arg-type]
    for field in ("from_name", "from_address", "reply_to", "list_id", "list_name", "feedback_id"):
        headers = {"from_name": "A", "from_address": "a@example.org", "list_id": "l.example.org", field: value}
        with pytest.raises(Refused):
            compile_message(composed(), StaticHeaders(**headers))  # type: ignore[arg-type]


def test_a_personal_subject_is_one_line() -> None:
    """A name with a line break cannot add a header; it is text of the subject."""
    result = rendered(compiled(subject="{{first_name|Friend}}, hello"), first_name="A\r\nBcc: x@example.org")
    found = parsed(result)
    assert found["Bcc"] is None
    assert found["Subject"] == "A Bcc: x@example.org, hello"
    assert (
        parsed(rendered(compiled(subject="{{first_name|Friend}}, hello"), first_name=""))["Subject"] == "Friend, hello"
    )


def test_an_international_domain_is_written_in_ascii(message: CompiledMessage) -> None:
    """Only a letter beyond ASCII before the @ needs SMTPUTF8."""
    at = {"message_id": "1@example.org", "date": AT, "to_name": ""}
    result = message.render(VALUES, to_address="a@münchen.example", **at)  # type: ignore[arg-type]
    assert result.headers[1] == b"To: a@xn--mnchen-3ya.example\r\n"
    result = message.render(VALUES, to_address="josé@example.org", **at)  # type: ignore[arg-type]
    assert result.headers[1] == "To: josé@example.org\r\n".encode()


def test_attachments_and_inline_pictures() -> None:
    """Mixed around alternative around related; names of any script; content unchanged."""
    files = (
        Attachment("programme été.pdf", "application/pdf", bytes(range(256)) * 40),
        Attachment("invite.ics", "text/calendar; method=REQUEST; charset=utf-8", b"BEGIN:VCALENDAR\r\n"),
        Attachment("logo.png", "image/png", b"\x89PNG", content_id="logo@example.org"),
    )
    found = parsed(rendered(compiled(attachments=files)))
    assert [part.get_content_type() for part in found.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
        "text/calendar",
    ]
    attached = list(found.iter_attachments())
    assert [part.get_filename() for part in attached] == ["programme été.pdf", "invite.ics"]
    assert attached[0].get_payload(decode=True) == bytes(range(256)) * 40


@pytest.mark.parametrize(
    "file",
    [
        Attachment("a\r\nX: y", "application/pdf", b""),
        Attachment("a", "application/pdf\r\nX: y", b""),
        Attachment("a", "multipart/mixed", b""),
        Attachment("a", "image/png", b"", content_id="x>\r\nX: y"),
    ],
)
def test_attachments_that_would_act_are_refused(file: Attachment) -> None:
    """Their names and types stand in headers too."""
    with pytest.raises(Refused):
        compiled(attachments=(file,))


def test_what_a_message_needs_is_known(message: CompiledMessage) -> None:
    """The names of the values, so that a missing one is found before anything is sent."""
    assert message.needs == {"first_name", "unsubscribe_url", "preferences_url", "one_click_url"}
    with pytest.raises(Refused):
        message.render({}, to_name="", to_address="a@example.org", message_id="1@example.org", date=AT)
