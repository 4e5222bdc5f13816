"""TLS is verified, and mail does not leave without it where it is required."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mobilize.delivery.smtp.connections import Connections
from mobilize.delivery.smtp.opening import Timeouts
from mobilize.delivery.smtp.settings import SmtpSettings, StartTls
from mobilize.delivery.smtp.transport import Accepted, Lost, Outgoing, Result
from tests.smtp_server import SmtpServer, running

MAIL = Outgoing(1, "b@example.org", "a@example.org", b"Subject: x\r\n\r\nx\r\n")


def certificate(folder: Path, address: str, days: int) -> Path:
    """A certificate that signs itself, for an address, valid until so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server.example.org")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def server(folder: Path, address: str = "127.0.0.1", days: int = 30, *, implicit: bool = False) -> Iterator[SmtpServer]:
    """A server with a certificate, offering STARTTLS or speaking TLS from the first octet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder, address, days))
    made = SmtpServer(("PIPELINING", "STARTTLS", "AUTH PLAIN"), tls=context)
    with running(made, implicit_tls=implicit) as started:
        yield started


def sent(at: SmtpServer, folder: Path, starttls: str, *, tls: bool = False, user: str = "") -> list[Result]:
    settings = SmtpSettings("127.0.0.1", at.port, user, "secret", tls, StartTls(starttls))
    trusted = ssl.create_default_context(cafile=str(folder / "server.pem"))
    transport = Connections(settings, helo="c.example.org", limit=1, timeouts=Timeouts(20, 20, 20, 20), tls=trusted)
    results = list(transport.send([MAIL]))
    transport.close()
    return results


@pytest.mark.parametrize("starttls", ["required", "opportunistic"])
def test_starttls_with_a_good_certificate(tmp_path: Path, starttls: str) -> None:
    """The connection turns to TLS before any address is named."""
    with server(tmp_path) as at:
        assert [type(result) for result in sent(at, tmp_path, starttls, user="u")] == [Accepted]
    verbs = [command.split(" ")[0] for command in at.commands]
    assert verbs == ["ehlo", "STARTTLS", "ehlo", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]


def test_tls_from_the_first_octet(tmp_path: Path) -> None:
    """smtps:// works too, and large messages pass record by record."""
    with server(tmp_path, implicit=True) as at:
        assert [type(result) for result in sent(at, tmp_path, "off", tls=True)] == [Accepted]


@pytest.mark.parametrize(("address", "days"), [("127.0.0.1", -1), ("127.0.0.9", 30)])
@pytest.mark.parametrize("starttls", ["required", "opportunistic"])
def test_expired_certificate_or_another_name(tmp_path: Path, address: str, days: int, starttls: str) -> None:
    """Nothing is sent, and the reason names the certificate."""
    with server(tmp_path, address, days) as at:
        (result,) = sent(at, tmp_path, starttls)
    assert isinstance(result, Lost)
    assert "certificate" in result.reason
    assert not [command for command in at.commands if command.startswith("MAIL")]


def test_a_server_without_starttls(tmp_path: Path) -> None:
    """Required means required; opportunistic goes on in the clear."""
    certificate(tmp_path, "127.0.0.1", 30)
    with running(SmtpServer(("PIPELINING",))) as at:
        (refused,) = sent(at, tmp_path, "required")
        (taken,) = sent(at, tmp_path, "opportunistic")
    assert isinstance(refused, Lost)
    assert isinstance(taken, Accepted)


def test_a_refused_login_keeps_its_code(tmp_path: Path) -> None:
    """535 is told apart from a server that is down."""
    with server(tmp_path) as at:
        at.will("AUTH", "535 5.7.8 no")
        at.will("AUTH", "535 5.7.8 no")
        (result,) = sent(at, tmp_path, "required", user="u")
    assert isinstance(result, Lost)
    assert result.code == 535
