"""SMTP_URL: what it may say, and what it says back when it is wrong."""

from __future__ import annotations

import pytest

from mobilize.core.errors import ConfigurationError
from mobilize.delivery.smtp.settings import SmtpSettings, StartTls


@pytest.mark.parametrize(
    ("url", "port", "tls", "starttls"),
    [
        ("smtp://mail.example.org", 25, False, StartTls.REQUIRED),
        ("smtp://u:p@mail.example.org", 587, False, StartTls.REQUIRED),
        ("smtps://u:p@mail.example.org", 465, True, StartTls.OFF),
        ("smtp://127.0.0.1:2525", 2525, False, StartTls.OFF),
        ("smtp://[::1]:2525/", 2525, False, StartTls.OFF),
        ("smtp://localhost?starttls=required", 25, False, StartTls.REQUIRED),
        ("smtp://mail.example.org?starttls=opportunistic", 25, False, StartTls.OPPORTUNISTIC),
        ("smtp://mail.example.org?starttls=off&pipelining=off", 25, False, StartTls.OFF),
    ],
)
def test_urls_and_their_defaults(url: str, port: int, tls: bool, starttls: StartTls) -> None:
    """A remote host needs TLS unless someone said otherwise; loopback does not."""
    settings = SmtpSettings.from_url(url)
    assert (settings.port, settings.tls, settings.starttls) == (port, tls, starttls)
    assert settings.pipelining == ("pipelining=off" not in url)


def test_user_and_password_are_decoded_and_never_shown() -> None:
    """Special characters are percent-encoded in the URL; the password is in no representation."""
    settings = SmtpSettings.from_url("smtps://a%40b:p%2Fw%3A@mail.example.org")
    assert (settings.user, settings.password) == ("a@b", "p/w:")
    assert "p/w" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example.org",
        "mail.example.org:25",
        "smtp://",
        "smtp://u:secret@mail.example.org:0",
        "smtp://u:secret@mail.example.org:99999",
        "smtp://u:sec/ret@mail.example.org",
        "smtp://u:secret@mail.example.org?starttls=maybe",
        "smtp://u:secret@mail.example.org?starttls=off",
        "smtp://u:secret@mail.example.org?verify=no",
        "smtp://mail.example.org?pipelining=maybe",
        "smtp://[::1",
    ],
)
def test_wrong_urls_are_explained_without_the_password(url: str) -> None:
    """The error names the setting and what to write; the password stays out of it."""
    with pytest.raises(ConfigurationError) as error:
        SmtpSettings.from_url(url)
    assert error.value.setting == "SMTP_URL"
    assert "sec" not in str(error.value)
