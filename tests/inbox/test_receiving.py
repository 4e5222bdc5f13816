"""Mail that arrives over SMTP, as from any mail server."""

from __future__ import annotations

import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mobilize.inbox import store
from mobilize.inbox.store import Writer

MAIL = b"Subject: =?utf-8?q?Caf=C3=A9?=\r\n\r\n.dot first\r\n" + b"x" * 900 + b"\r\n"


@dataclass
class Receiver:
    """The receiver as the supervisor starts it: a process of its own on an inherited socket."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    listener = socket.create_server(("127.0.0.1", 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "mobilize.inbox.receiver", "--fd", str(listener.fileno()), "--folder", str(tmp_path)],
        pass_fds=(listener.fileno(),),
    )
    yield Receiver(listener.getsockname()[1], tmp_path, process)
    process.terminate()
    assert process.wait(10) == 0
    listener.close()


def test_a_mail_is_stored_as_sent(receiver: Receiver) -> None:
    """Envelope, decoded subject and every byte of the message are there once the answer is 250."""
    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=30) as client:
        client.sendmail("bounce@example.org", ["amina@example.org"], MAIL)

    (entry,), _more = store.newest(receiver.folder)
    found = store.read(receiver.folder, entry.id)

    assert (entry.sender, entry.recipients, entry.subject) == ("bounce@example.org", ("amina@example.org",), "Café")
    assert found is not None
    assert found[1] == MAIL


def test_it_offers_what_it_can_do(receiver: Receiver) -> None:
    """PIPELINING, 8BITMIME and SMTPUTF8 are advertised, STARTTLS and AUTH are not."""
    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=30) as client:
        client.ehlo()

        assert {"pipelining", "8bitmime", "smtputf8"} <= client.esmtp_features.keys()
        assert not {"starttls", "auth"} & client.esmtp_features.keys()


def test_commands_sent_together_are_answered_one_by_one(receiver: Receiver) -> None:
    """Envelopes and messages of three mails in as few writes as RFC 2920 allows: nothing is lost or mixed up."""
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=30) as connection:
        answers = connection.makefile("rb")
        assert _answer(answers).startswith(b"220")
        connection.sendall(b"EHLO worker\r\n")
        assert _answer(answers).startswith(b"250")
        connection.sendall(_envelope(0))
        for number in range(3):
            codes = [_answer(answers)[:3] for _command in ("MAIL", "RCPT", "DATA")]
            assert codes == [b"250", b"250", b"354"]
            following = _envelope(number + 1) if number < 2 else b"QUIT\r\n"
            connection.sendall(f"Subject: {number}\r\n\r\n.\r\n".encode() + following)
            assert _answer(answers).startswith(b"250")
        assert _answer(answers).startswith(b"221")

    mails, _more = store.newest(receiver.folder)
    assert [(mail.subject, mail.recipients) for mail in mails] == [
        (str(number), (f"r{number}@example.org",)) for number in (2, 1, 0)
    ]


def test_a_refused_recipient_among_commands_sent_together_stores_nothing(receiver: Receiver) -> None:
    """DATA after a refused RCPT is refused too, and the conversation goes on."""
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=30) as connection:
        answers = connection.makefile("rb")
        _answer(answers)
        connection.sendall(b"EHLO worker\r\n")
        _answer(answers)
        connection.sendall(b"MAIL FROM:<a@example.org>\r\nRCPT TO:\r\nDATA\r\nNOOP\r\n")

        assert [_answer(answers)[:3] for _command in range(4)] == [b"250", b"501", b"503", b"250"]
    assert store.count(receiver.folder) == 0


def test_a_broken_off_mail_is_not_stored(receiver: Receiver) -> None:
    """A connection that ends before the final dot leaves no file behind."""
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=30) as connection:
        answers = connection.makefile("rb")
        _answer(answers)
        connection.sendall(b"EHLO worker\r\n")
        _answer(answers)
        connection.sendall(_envelope(0))
        assert [_answer(answers)[:3] for _command in range(3)][2] == b"354"
        connection.sendall(b"Subject: half\r\n\r\nhalf a ")

    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=30) as client:
        client.noop()
    assert list(receiver.folder.iterdir()) == []


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    """Beyond the limit the oldest goes, also across a restart of the receiver."""
    for number in range(5):
        _add(Writer(tmp_path, limit=3), number)

    mails, _more = store.newest(tmp_path)

    assert [mail.subject for mail in mails] == ["4", "3", "2"]


def test_an_unfinished_file_of_an_earlier_run_is_removed(tmp_path: Path) -> None:
    """What a crash left half-written is never shown and goes at the next start."""
    (tmp_path / "1795309899000000000-00000000.partial").write_bytes(b"{")

    assert store.newest(tmp_path) == ([], False)
    Writer(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_mail_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    """Folder and files are closed to other users of the machine."""
    folder = tmp_path / "inbox"
    mail_id = _add(Writer(folder), 1)

    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / f"{mail_id}.mail").stat().st_mode & 0o777 == 0o600


def _add(writer: Writer, number: int) -> str:
    content = f"Subject: {number}\r\n\r\n".encode()
    return writer.add(at="2026-02-26T14:00:00+00:00", sender="", recipients=("a@example.org",), content=content)


def _envelope(number: int) -> bytes:
    return f"MAIL FROM:<b@example.org> BODY=8BITMIME\r\nRCPT TO:<r{number}@example.org>\r\nDATA\r\n".encode()


def _answer(answers: object) -> bytes:
    """The last line of one answer, which may have several."""
    line = b"   -"
    while line[3:4] == b"-":
        line = answers.readline()  # type: ignore[attr-defined]
    return line
