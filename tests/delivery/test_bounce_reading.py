"""What comes back is read right, whoever sent it and however it is built, and hostile mail does no harm."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilize.delivery.bounces import parts
from mobilize.delivery.bounces.codes import enhanced_in, exact, kind_of_failure, without_people
from mobilize.delivery.bounces.reading import read_report
from mobilize.delivery.bounces.report import Report
from mobilize.delivery.models import ReturnKind

CORPUS = Path(__file__).parent / "corpus"
EXPECTED = [tuple(row.values()) for row in csv.DictReader((CORPUS / "EXPECTED.csv").read_text().splitlines())]
MACHINE = b"From: MAILER-DAEMON@example.net\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"


def mail_of(name: str) -> bytes:
    return (CORPUS / f"{name}.eml").read_bytes()


def test_the_corpus_is_whole() -> None:
    """Every mail is in the table once, and there are mails of every kind."""
    assert sorted(name for name, _kind, _status in EXPECTED) == sorted(file.stem for file in CORPUS.glob("*.eml"))
    assert len(EXPECTED) >= 60
    assert {kind for _name, kind, _status in EXPECTED} == set(ReturnKind)


@pytest.mark.parametrize(("name", "kind", "status"), EXPECTED, ids=[row[0] for row in EXPECTED])
def test_each_mail_of_the_corpus_is_read_right(name: str, kind: str, status: str) -> None:
    """With the line ends of a file and of the wire; nothing that is kept of it holds an address."""
    for raw in (mail_of(name), mail_of(name).replace(b"\n", b"\r\n")):
        report = read_report(raw)
        assert (report.kind, report.status) == (kind, status)
        assert "@" not in report.diagnostic


@pytest.mark.parametrize("name", ["postfix-unknown-user", "domino-not-listed", "rfc6533-utf8-unknown"])
def test_what_is_kept_names_nobody(name: str) -> None:
    """Not even by the name before the at sign, which servers repeat alone."""
    diagnostic = read_report(mail_of(name)).diagnostic.lower()
    assert diagnostic
    for person in ("lena", "maes", "hilde", "vos", "josé"):
        assert person not in diagnostic


def test_the_reply_of_the_other_server_is_kept() -> None:
    """Code, enhanced code and words, for the report."""
    report = read_report(mail_of("postfix-unknown-user"))
    assert report == Report(
        ReturnKind.HARD,
        "5.1.1",
        550,
        "550 5.1.1 (address): Recipient address rejected: User unknown in virtual mailbox table",
    )


def test_a_complaint_gives_its_clues() -> None:
    """Return path, Message-ID and link for leaving of the enclosed mail, to be verified by others."""
    clues = read_report(mail_of("arf-yahoo")).clues
    assert clues.return_paths == ("bounces+aeaq2mzd@example.org", "bounces+aeaq2mzd@example.org")
    assert clues.message_id == "k2m4c5@example.org"
    assert read_report(mail_of("arf-outlook-jmrp")).clues.leave_token == "AbCdEfGhIjKlMnOpQrSt"


@pytest.mark.parametrize(
    ("status", "code", "text", "kind"),
    [
        ("5.1.1", 550, "", ReturnKind.HARD),
        ("5.1.10", 550, "", ReturnKind.HARD),
        ("5.1.1", 550, "blocked for spam", ReturnKind.POLICY),
        ("5.0.0", 550, "no such user, says our policy", ReturnKind.POLICY),
        ("", 550, "no such user", ReturnKind.HARD),
        ("", 450, "no such user", ReturnKind.SOFT),
        ("5.1.2", 550, "no such user", ReturnKind.SOFT),
        ("5.1.8", 550, "user unknown", ReturnKind.POLICY),
        ("5.7.1", 550, "user unknown", ReturnKind.POLICY),
        ("5.6.1", 554, "", ReturnKind.POLICY),
        ("4.7.0", 421, "", ReturnKind.POLICY),
        ("4.2.2", 452, "", ReturnKind.SOFT),
        ("5.2.2", 552, "", ReturnKind.SOFT),
        ("", None, "", ReturnKind.SOFT),
    ],
)
def test_only_no_such_mailbox_is_hard(status: str, code: int | None, text: str, kind: ReturnKind) -> None:
    """What blames sender or content is policy; everything else has to happen again and again."""
    assert kind_of_failure(status, code, text) is kind


def test_codes_are_found_and_numbers_are_not() -> None:
    """An address of a machine or a version is no enhanced code; the quoted code says more than x.0.0."""
    assert enhanced_in("host 5.1.1.7 says #5.2.2.") == "5.2.2"
    assert enhanced_in("version 15.1.1") == ""
    assert exact("5.0.0", "550 5.1.1 no") == "5.1.1"
    assert exact("5.4.7", "550 4.4.7 late") == "5.4.7"
    assert exact("", "nothing") == ""


def test_names_are_cut_out_of_a_diagnostic() -> None:
    """Both the address and its name alone, whatever its case; short words are left."""
    shown = without_people("User Jane.Roe (jane.roe@example.org) unknown", ["me@example.org"])
    assert shown == "User (address) (address)) unknown"


def nested(depth: int) -> bytes:
    opened = (b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (number, number) for number in range(depth))
    return MACHINE + b"".join(opened) + b"Content-Type: text/plain\n\nuser unknown\n"


HOSTILE = {
    "nothing": b"",
    "zeros": b"\0" * 300_000,
    "ten megabytes": b"Subject: x\n\n" + b"a" * 10_000_000,
    "deep": nested(1_000),
    "deep with a long tail": nested(19) + b"\n" * 300_000,
    "mails in mails": MACHINE + b"Content-Type: message/rfc822\n\n" * 5_000,
    "open tags": MACHINE + b"Content-Type: text/html\n\n" + b"<a" * 150_000,
    "dashes": MACHINE + b"\n" + b"-" * 300_000,
    "at signs": MACHINE + b"\n550 " + b"a@" * 100_000,
    "codes": MACHINE + b"\n" + b"5.1." * 80_000,
    "encoded words": b"Subject: " + b"=?utf-8?b?AAAA?= " * 30_000 + b"\n\nx",
    "headers": b"A: b\n" * 60_000 + b"\n",
    "folds": b"Subject: x\n" + b" y\n" * 100_000,
    "recipients": MACHINE + b"Content-Type: message/delivery-status\n\n" + b"Action: failed\nStatus: 5.1.1\n\n" * 9_000,
    "a slow codec": MACHINE + b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * 100_000,
    "no text codec": MACHINE + b"Content-Type: text/plain; charset=zlib\n\nx",
    "a zero in a charset": MACHINE + b'Content-Type: text/plain; charset="a\0b"\n\nx',
    "a broken parameter": MACHINE + b"Content-Type: text/plain; charset*=%ff''x; charset*1=\xff\n\nx",
    "no boundary": MACHINE + b"Content-Type: multipart/mixed\n\nuser unknown",
    "an empty boundary": MACHINE + b'Content-Type: multipart/mixed; boundary=""\n\n--\n--\nx',
    "odd headers": MACHINE + b'Content-Type: \xff/\xfe; =;;;"\nContent-Transfer-Encoding: \xff\n\nx',
    "broken base64": MACHINE + b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + b"=A" * 50_000,
    "a library's traps": b"From: a\n\n" + b"<a@example.net>: \n" * 20_000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.timeout(120)
def test_hostile_mail_gets_an_answer(raw: bytes) -> None:
    """Whatever it is built to break; what is kept stays small."""
    report = read_report(raw)
    assert isinstance(report.kind, ReturnKind)
    assert len(report.diagnostic) <= 300


def test_no_more_is_read_than_what_matters() -> None:
    """A status part behind 256 KiB is not seen: memory and time do not grow with the mail."""
    tail = b"\n--b\nContent-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    head = b"MIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\n\n"
    assert read_report(head + b"word\n" * 100 + tail).kind is ReturnKind.HARD
    assert read_report(head + b"word\n" * parts.MAX_READ + tail).kind is ReturnKind.OTHER


@given(st.binary(max_size=600))
@settings(deadline=None)
def test_any_octets_get_an_answer(raw: bytes) -> None:
    """As a whole mail, as the body of a bounce, and as the fields of a report."""
    for head in (b"", MACHINE + b"\n", MACHINE + b"Content-Type: message/delivery-status\n\n", MACHINE):
        assert isinstance(read_report(head + raw), Report)


@given(st.sampled_from(EXPECTED), st.data())
@settings(deadline=None, max_examples=200)
def test_a_mail_cut_anywhere_gets_an_answer(expected: tuple[str, str, str], data: st.DataObject) -> None:
    """Truncated bounces are common; none of them turns into a complaint about someone else's mail."""
    name, kind, _status = expected
    raw = mail_of(name)
    cut = read_report(raw[: data.draw(st.integers(0, len(raw)))])
    assert cut.kind is not ReturnKind.COMPLAINT or kind == "complaint"
