"""The names under which this server answers, and what "on this machine" means."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from mobilize.app import create_app
from mobilize.core.settings import Settings

HERE = "http://127.0.0.1:8000"


@pytest.mark.parametrize("host", ["[::1]:8000", "[::1]", "LOCALHOST:8000", "127.0.0.1"])
def test_every_name_of_this_machine_is_answered(client: FlaskClient, host: str) -> None:
    """The IPv6 one as well, with its brackets."""
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_a_base_url_may_be_an_ipv6_address(installation: Settings) -> None:
    """Its own address is trusted, and only that."""
    client = create_app(replace(installation, base_url="http://[2001:db8::7]:8000", bind="[::]:8000")).test_client()
    assert client.get("/healthz", headers={"Host": "[2001:db8::7]:8000"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "[2001:db8::8]:8000"}).status_code == 400
    assert client.get("/healthz", headers={"Host": "[::1]:8000"}).status_code == 400


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.net",
        "evil.example.net:8000",
        "[::1].evil.example.net",
        "[::2]:8000",
        "evil.example.net@127.0.0.1",
        "127.0.0.1@evil.example.net",
        "127.0.0.1:99999",
        "127.0.0.1/x",
        "[::1",
        "::1",
        "",
    ],
)
def test_another_name_is_refused(client: FlaskClient, host: str) -> None:
    """Nothing is rendered, mailed or looked up for a host that is not ours."""
    assert client.get("/healthz", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"])
@pytest.mark.parametrize("path", ["/inbox/", "/inbox/messages.json", "/metrics"])
def test_what_a_proxy_passes_on_is_not_from_this_machine(client: FlaskClient, path: str, header: str) -> None:
    """A proxy or tunnel that rewrites Host to loopback does not open the inbox to the world."""
    assert client.get(path, base_url=HERE).status_code == 200
    assert client.get(path, base_url=HERE, headers={header: "203.0.113.9"}).status_code == 404


@pytest.mark.parametrize("host", ["[::1]:8000", "[::1]", "localhost"])
def test_the_demonstration_is_open_on_every_name_of_this_machine(client: FlaskClient, host: str) -> None:
    """Its front door lists what can be visited."""
    assert client.get("/", headers={"Host": host}).text == client.get("/", base_url=HERE).text
