"""An installation whose embedded inbox is on, and mails in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from mobilize.app import create_app
from mobilize.core.settings import Settings
from mobilize.inbox.store import Writer

MAIL = (
    b"From: Kazerne Dossin <news@example.org>\r\n"
    b"To: amina@example.org\r\n"
    b"Subject: =?utf-8?q?Caf=C3=A9_de_d=C3=A9cembre?=\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="outer"\r\n'
    b"\r\n"
    b"--outer\r\n"
    b'Content-Type: multipart/alternative; boundary="inner"\r\n'
    b"\r\n"
    b"--inner\r\n"
    b'Content-Type: text/plain; charset="utf-8"\r\n'
    b"\r\n"
    b"Bonjour, voir https://example.org/plain.\r\n"
    b"--inner\r\n"
    b'Content-Type: text/html; charset="utf-8"\r\n'
    b"\r\n"
    b"<html><head><title>x</title></head><body><script>steal()</script>"
    b'<a href="https://example.org/act">Agir</a><img src="cid:logo@example" alt=""></body></html>\r\n'
    b"--inner--\r\n"
    b"--outer\r\n"
    b"Content-Type: image/png\r\n"
    b"Content-ID: <logo@example>\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: attachment; filename="logo.png"\r\n'
    b"\r\n"
    b"iVBORw0KGgo=\r\n"
    b"--outer--\r\n"
)


@pytest.fixture
def folder(installation: Settings) -> Path:
    """Where the inbox keeps its files."""
    return installation.inbox_dir


@pytest.fixture
def put(folder: Path) -> Callable[..., str]:
    """Receive a mail for someone; its id."""
    writer = Writer(folder)

    def receive(recipient: str, content: bytes = b"Subject: Hello\r\n\r\nHello\r\n") -> str:
        moment = "2026-02-26T14:00:00.000+00:00"
        return writer.add(at=moment, sender="bounce@example.org", recipients=(recipient,), content=content)

    return receive


@pytest.fixture
def mail() -> bytes:
    """A mail with text, HTML, an embedded picture and a script that must never run."""
    return MAIL


@pytest.fixture
def mail_id(put: Callable[..., str], mail: bytes) -> str:
    """That mail, received."""
    return put("amina@example.org", mail)


@pytest.fixture
def client_with(installation: Settings) -> Callable[..., FlaskClient]:
    """A visitor of an application whose settings differ."""

    def visitor(**changes: str) -> FlaskClient:
        return create_app(replace(installation, **changes)).test_client()

    return visitor
