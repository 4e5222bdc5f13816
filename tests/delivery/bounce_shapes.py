"""The shapes in which mail systems return a mail: each makes a bounce of a refusal. People and hosts are invented.

The forms are those that public parsers name (Sisimai's engines, flufl.bounce's detectors); no sample was copied.
"""

from __future__ import annotations

import base64
import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TO, FROM = "lena.maes@example.com", "news@example.org"
_TABLE = Path(__file__).parent / "corpus" / "refusals.tsv"


@dataclass(frozen=True)
class Refusal:
    """What a server said to a command: the enhanced code that its neighbour reported, the reply code, the words."""

    kind: str
    status: str
    code: int
    words: str
    command: str = "RCPT TO"

    @property
    def reply(self) -> str:
        return f"{self.code} {self.words}"


Shape = Callable[[Refusal], str]


def refusals() -> list[Refusal]:
    """Those of the table, in order; ``kind`` is what each means."""
    with _TABLE.open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Refusal(kind, status, int(code), words.format(to=TO, **{"from": FROM})) for kind, status, code, words in rows
    ]


def postfix(one: Refusal) -> str:
    said = f"<{TO}>: host mx.example.com[198.51.100.7] said: {one.reply} (in reply to {one.command} command)"
    words = f"This is the mail system at host relay.example.org.\n\n{said}"
    return _report(one, words, f"smtp; {one.reply}", "MAILER-DAEMON@relay.example.org (Mail Delivery System)")


def postfix_of_many_lines(one: Refusal) -> str:
    first, _, rest = one.reply.partition(" ")
    lines = f"smtp; {first}-{rest}\n    {first} See https://mail.example.com/help for more"
    return _report(one, f"<{TO}>: {one.reply}", lines, "MAILER-DAEMON@relay.example.org")


def sendmail(one: Refusal) -> str:
    words = (
        f"   ----- The following addresses had permanent fatal errors -----\n<{TO}>\n\n"
        f"   ----- Transcript of session follows -----\n... while talking to mx.example.com.:\n"
        f">>> {one.command}:<{TO}>\n<<< {one.reply}"
    )
    return _report(one, words, f"SMTP; {one.reply}", "Mail Delivery Subsystem <MAILER-DAEMON@example.org>")


def exchange(one: Refusal) -> str:
    words = f"Delivery has failed to these recipients or groups:\n\n{TO}\n\nDiagnostic information for administrators:"
    return _report(one, words, f"smtp;{one.reply}", "Microsoft Outlook <postmaster@tenant.example.com>")


def gmail(one: Refusal) -> str:
    words = f"Your message to {TO} has not been delivered. The response was:\n\n{one.reply}"
    return _report(one, words, f"smtp; {one.reply}", "Mail Delivery Subsystem <mailer-daemon@googlemail.example>")


def opensmtpd(one: Refusal) -> str:
    words = f"    Hi!\n\n    An error has occurred for the following recipients:\n\n{TO}: {one.reply}"
    return _report(one, words, "", "Mailer Daemon <MAILER-DAEMON@example.org>", action="error")


def encoded_fields(one: Refusal) -> str:
    """RFC 3464 forbids the encoding; gateways do it."""
    return _report(one, "It came back.", f"smtp; {one.reply}", "postmaster@example.com", is_encoded=True)


def flattened(one: Refusal) -> str:
    fields = f"Final-Recipient: rfc822; {TO}\nAction: failed\nStatus: {one.status}\nDiagnostic-Code: smtp; {one.reply}"
    return _plain("Undeliverable mail", "postmaster@gateway.example.com", f"Your message came back.\n\n{fields}")


def exim(one: Refusal) -> str:
    words = (
        "This message was created automatically by mail delivery software.\n\n"
        f"  {TO}\n    host mx.example.com [198.51.100.7]\n"
        f"    SMTP error from remote mail server after {one.command}:<{TO}>:\n    {one.reply}\n"
    )
    return _plain(
        "Mail delivery failed: returning message to sender", "Mail Delivery System <mailer-daemon@example.net>", words
    )


def qmail(one: Refusal) -> str:
    words = (
        f"Hi. This is the qmail-send program at example.org.\n\n<{TO}>:\n198.51.100.7 does not like recipient.\n"
        f"Remote host said: {one.reply}\nGiving up on 198.51.100.7.\n"
    )
    return _plain("failure notice", "MAILER-DAEMON@example.org", words)


def separated(one: Refusal) -> str:
    words = f"Delivery to the following address failed.\n{TO}\n\n-------server message\n{one.reply}\n"
    words += f"\n-------SMTP command\n{one.command.split()[0]}\n"
    return _plain("failure notice", "POSTMASTER <postmaster@example.com>", words)


def in_a_page(one: Refusal) -> str:
    said = one.reply.replace("<", "&lt;").replace(">", "&gt;")
    page = f"<html><body><h1>Undelivered</h1><p>To {TO}:</p><p><b>{said}</b></p></body></html>"
    return _plain("Undeliverable: News", "postmaster@example.com", page, kind="html")


SHAPES: tuple[Shape, ...] = (
    postfix,
    postfix_of_many_lines,
    sendmail,
    exchange,
    gmail,
    opensmtpd,
    encoded_fields,
    flattened,
    exim,
    qmail,
    separated,
    in_a_page,
)
BEFORE_THE_RECIPIENT: tuple[Shape, ...] = (postfix, exim)
"""Shapes that name the command which was refused."""


def octets(shape: Shape, one: Refusal) -> bytes:
    return shape(one).encode()


def _report(
    one: Refusal, words: str, diagnostic: str, sender: str, *, action: str = "failed", is_encoded: bool = False
) -> str:
    fields = f"Reporting-MTA: dns; relay.example.org\n\nFinal-Recipient: rfc822; {TO}\n"
    fields += f"Action: {action}\nStatus: {one.status}\n"
    fields += f"Diagnostic-Code: {diagnostic}\n" if diagnostic else ""
    encoding = "Content-Transfer-Encoding: base64\n" if is_encoded else ""
    fields = base64.encodebytes(fields.encode()).decode() if is_encoded else fields
    return (
        f"From: {sender}\nSubject: Undelivered Mail Returned to Sender\nTo: {FROM}\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        f"--B\nContent-Type: text/plain; charset=utf-8\n\n{words}\n\n"
        f"--B\nContent-Type: message/delivery-status\n{encoding}\n{fields}\n"
        f"--B\nContent-Type: message/rfc822\n\n{_OURS}\n--B--\n"
    )


def _plain(subject: str, sender: str, words: str, *, kind: str = "plain") -> str:
    ours = (
        ""
        if kind == "html"
        else f"\n------ This is a copy of the message, including all the headers. ------\n\n{_OURS}"
    )
    return (
        f"From: {sender}\nSubject: {subject}\nTo: {FROM}\nMIME-Version: 1.0\n"
        f"Content-Type: text/{kind}; charset=utf-8\n\n{words}\n{ours}"
    )


_OURS = f"""\
Received: from news.example.org (news.example.org [192.0.2.9]) by relay.example.org
From: News <{FROM}>
To: {TO}
Subject: Who blocked the march? Spam filters, full mailboxes and user unknown

The policy of the city is to say no such user.
"""
"""Of the mail that comes back nothing is evidence, whatever it speaks of."""
