"""The whole service, up and running: it says so, survives the loss of any part, and keeps to itself."""

from __future__ import annotations

import os
import smtplib
import socket
import stat
import subprocess
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis

from mobilize.core import broker, doorbell
from mobilize.core.settings import load, split_bounces
from mobilize.server import embedded_redis
from tests.server.conftest import COMMAND, Service, environment, start, stop, wait_until

PARTS = ("redis-server", "mobilize.inbox", "gunicorn", "bounces", *broker.QUEUES, "bulk-2", "beat")


def test_everything_is_ready(service: Service) -> None:
    """All parts run, each queue has its worker, the clock ticks, and the greeting says where to look."""
    wait_until(lambda: service.readiness()["ready"])
    found = service.readiness()

    assert found["missing"] == []
    assert found["workers"] == dict.fromkeys(broker.QUEUES, True)
    assert set(service.children()) == set(PARTS)
    assert f"{service.settings.base_url}/inbox/" in service.printed()


def test_mail_sent_to_the_embedded_server_is_in_the_inbox(service: Service) -> None:
    """SMTP on loopback ends on the inbox page of the same service."""
    with smtplib.SMTP("127.0.0.1", service.settings.inbox_smtp_port, timeout=30) as client:
        client.sendmail("a@example.org", ["whole@example.org"], b"Subject: Whole\r\n\r\nway\r\n")

    with urllib.request.urlopen(f"{service.settings.base_url}/inbox/messages.json?to=whole@", timeout=30) as answer:
        assert b'"Whole"' in answer.read()


def test_returned_mail_is_received(service: Service) -> None:
    """Where MOBILIZE_BOUNCES says, in the protocol that it says; strangers are turned away, feedback loops are not."""
    _is_lmtp, host, port = split_bounces(service.environ["MOBILIZE_BOUNCES"])
    with smtplib.LMTP(host, port, timeout=30) as client:
        client.ehlo_or_helo_if_needed()
        client.mail("")
        assert client.rcpt("bounces+00@example.org")[0] == 550
        assert client.rcpt("complaints@example.org")[0] == 250


def test_redis_is_private(service: Service) -> None:
    """It listens on a socket that only its owner may open, on no port, and keeps nothing on disk."""
    path = embedded_redis.socket_path(service.settings)
    client = Redis(unix_socket_path=str(path))

    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert client.config_get("port")["port"] == "0"
    assert client.config_get("save")["save"] == ""
    assert client.config_get("appendonly")["appendonly"] == "no"
    assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    assert not [c for c in service.children()["redis-server"].net_connections() if c.status == "LISTEN" and c.laddr]
    client.close()


@pytest.mark.crash
@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_is_started_again(service: Service, part: str) -> None:
    """Whichever child dies, another takes its place and the service is ready again; the others stay."""
    before = {name: child.pid for name, child in service.children().items()}
    service.children()[part].kill()

    def is_another() -> bool:
        found = service.children().get(part)
        return found is not None and found.pid != before[part]

    wait_until(is_another)
    wait_until(lambda: service.readiness()["ready"])

    after = {name: child.pid for name, child in service.children().items()}
    assert {name for name in before if before[name] != after[name]} == {part}
    assert "SIGKILL" in service.printed()


@pytest.mark.crash
@pytest.mark.parametrize("queue", broker.QUEUES)
def test_workers_hear_the_bell_after_redis_was_emptied(service: Service, queue: str) -> None:
    """FLUSHALL takes every wake-up and every counter; the next bell is heard all the same."""
    doorbell.connect(service.settings)
    client = Redis(unix_socket_path=str(embedded_redis.socket_path(service.settings)))
    client.flushall()

    assert doorbell.ring(doorbell.TICK, queue=queue)

    wait_until(lambda: client.llen(queue) == 0)
    client.close()


@pytest.mark.crash
def test_workers_hear_the_bell_after_redis_died(service: Service) -> None:
    """A new Redis, empty and on the same socket, is found again by every worker."""
    doorbell.connect(service.settings)
    before = service.children()["redis-server"].pid
    service.children()["redis-server"].kill()
    wait_until(
        lambda: service.children().get("redis-server") is not None and service.children()["redis-server"].pid != before
    )
    wait_until(lambda: all(doorbell.ring(doorbell.TICK, queue=queue) for queue in broker.QUEUES))
    client = Redis(unix_socket_path=str(embedded_redis.socket_path(service.settings)))

    wait_until(lambda: not any(client.llen(queue) for queue in broker.QUEUES))
    assert service.readiness()["missing"] == []
    assert service.readiness()["workers"] == dict.fromkeys(broker.QUEUES, True)
    client.close()


def test_a_second_start_on_the_same_folder_is_refused(service: Service) -> None:
    """One line that names the folder and the process; the running service is not disturbed."""
    before = {name: child.pid for name, child in service.children().items()}
    second = subprocess.run(
        COMMAND, env={**os.environ, **service.environ}, capture_output=True, text=True, timeout=60, check=False
    )

    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr.count("\n") == 1
    assert second.stderr.startswith("error: MOBILIZE_DATA_DIR: ")
    assert str(service.process.pid) in second.stderr
    assert {name: child.pid for name, child in service.children().items()} == before


def test_a_second_service_on_one_machine_finds_a_port(service: Service, tmp_path: Path) -> None:
    """Nobody chose the inbox's port, and the usual one is taken: mail arrives all the same."""
    environ = environment(tmp_path / "var")
    del environ["MOBILIZE_INBOX_SMTP_PORT"]
    with socket.socket() as usual:
        with suppress(OSError):  # another service may have it already
            usual.bind(("127.0.0.1", 2525))
            usual.listen()
        second = start(environ, tmp_path / "output")
    try:
        settings = load(environ)
        assert settings.inbox_smtp_port != 2525
        with smtplib.SMTP("127.0.0.1", settings.inbox_smtp_port, timeout=30) as client:
            client.sendmail("a@example.org", ["b@example.org"], "Subject: second\r\n\r\nHere.")
        assert any((tmp_path / "var" / "inbox").iterdir())
    finally:
        stop(second)


def test_metrics_count_parts_and_name_nobody(service: Service) -> None:
    """Prometheus reads each part's state; no address and no name is among the numbers."""
    with urllib.request.urlopen(f"{service.settings.base_url}/metrics", timeout=30) as answer:
        text = answer.read().decode()

    assert 'mobilize_part_up{part="redis"} 1.0' in text
    assert "mobilize_tick_age_seconds" in text
    assert "@" not in text


def test_state_stays_in_the_data_folder(service: Service) -> None:
    """What the service wrote is closed to others on the machine."""
    data_dir: Path = service.settings.data_dir

    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((data_dir / "run").stat().st_mode) == 0o700
