"""``mobilize up``: everything is checked, then made, then started.

look (running already? ports free? keys, database?) -> lock -> prepare -> supervise -> say when it is ready
Until the lock is held nothing on the machine has changed.
"""

from __future__ import annotations

import http.client
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from redis import RedisError

from mobilize import bootstrap
from mobilize.core import broker, db, links
from mobilize.core.errors import MobilizeError
from mobilize.core.settings import PREFIX, Settings, split_bind, split_bounces
from mobilize.delivery.smtp.settings import SmtpSettings
from mobilize.server import embedded_redis, lock, plan
from mobilize.server.listeners import listen, listen_for_inbox
from mobilize.server.supervisor import Supervisor
from mobilize.server.terminal import Terminal

Prepare = Callable[[Settings], list[str]]

_ASK_EVERY = 0.5
_WORRY_AFTER = 60.0


@dataclass(frozen=True)
class _Listeners:
    """Descriptors of the sockets; ``inbox`` is None where an SMTP server is set, ``bounces`` where it is not set."""

    web: int
    inbox: int | None
    inbox_port: int | None
    bounces: int | None


def serve(settings: Settings, prepare: Prepare) -> None:
    """Run the whole service until it is asked to end.

    ``prepare`` runs once the database is in order and returns lines to show when all is ready.

    Raises:
        ConfigurationError: it cannot start; nothing was touched.
        MobilizeError: a part failed again and again.
    """
    lock.refuse_if_running(settings.run_dir)
    with ExitStack() as held:
        listeners = _listeners(settings, held)
        bootstrap.require_ready(settings)
        SmtpSettings.from_url(settings.effective_smtp_url)
        server = embedded_redis.server_path() if settings.embedded_redis else None
        locked = held.enter_context(lock.holding(settings.run_dir))
        if listeners.inbox_port is not None:
            settings.inbox_port_file.write_text(f"{listeners.inbox_port}\n", encoding="ascii")
        if server:
            embedded_redis.prepare_folder(embedded_redis.socket_path(settings).parent)
        bootstrap.prepare(settings)
        links.use(settings.base_url, settings.leave_domain)
        greeting = _Greeting(settings, prepare(settings))
        db.disconnect()
        failure = _supervise(settings, _children(settings, listeners, server), locked, greeting)
    if failure:
        raise MobilizeError(failure)


def _listeners(settings: Settings, held: ExitStack) -> _Listeners:
    def opened(setting: str, host: str, port: int) -> int:
        return held.enter_context(listen(PREFIX + setting, host, port)).fileno()

    inbox = None if settings.smtp_url else held.enter_context(listen_for_inbox(settings))
    return _Listeners(
        web=opened("BIND", *split_bind(settings.bind)),
        inbox=inbox.fileno() if inbox else None,
        inbox_port=inbox.getsockname()[1] if inbox else None,
        bounces=opened("BOUNCES", *split_bounces(settings.bounces_url)[1:]) if settings.bounces_url else None,
    )


def _children(settings: Settings, listeners: _Listeners, server: Path | None) -> list[plan.Child]:
    children = [plan.redis(settings, server)] if server else []
    if listeners.inbox is not None:
        children.append(plan.inbox(settings, listeners.inbox))
    if listeners.bounces is not None and settings.bounces_url is not None:
        is_lmtp, _host, _port = split_bounces(settings.bounces_url)
        children.append(plan.bounces(settings, listeners.bounces, is_lmtp=is_lmtp))
    return [*children, plan.web(settings, listeners.web), *plan.workers(settings), plan.beat()]


def _supervise(settings: Settings, children: list[plan.Child], locked: int, greeting: _Greeting) -> str:
    terminal = Terminal(children, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    supervisor = Supervisor(children, terminal, lock=locked)
    broker.connect(settings)
    return supervisor.run(
        redis_answers=_redis_answers if settings.embedded_redis else lambda: True,
        each_turn=lambda: greeting.say_once(terminal),
    )


def _redis_answers() -> bool:
    try:
        return bool(broker.redis().ping())
    except RedisError:
        return False


class _Greeting:
    """Says once, when all parts are there, where to look; and once, when that takes long, that it does."""

    def __init__(self, settings: Settings, lines: list[str]) -> None:
        self._settings = settings
        self._lines = lines
        self._began = self._asked = time.monotonic()
        self._worried = self._said = False

    def say_once(self, terminal: Terminal) -> None:
        """Ask /readyz from time to time until it agrees."""
        now = time.monotonic()
        if self._said or now - self._asked < _ASK_EVERY:
            return
        self._asked = now
        if _is_ready(self._settings):
            self._said = True
            for line in ready_lines(self._settings, self._lines, now - self._began):
                terminal.write(line)
        elif not self._worried and now - self._began > _WORRY_AFTER:
            self._worried = True
            terminal.write(f"Still not ready after {_WORRY_AFTER:.0f} s; mobilize doctor names what is missing.")


def ready_lines(settings: Settings, more: list[str], seconds: float) -> list[str]:
    """What is printed once the service is ready: where to look, where mail goes, how to stop."""
    lines = ["", f"Mobilize is ready after {seconds:.0f} s.", f"  Studio   {settings.base_url}/studio/"]
    if settings.inbox_enabled:
        lines.append(f"  Inbox    {settings.base_url}/inbox/  (all mail stays on this machine)")
    elif settings.smtp_url is None:
        lines.append(
            f"  No mail leaves this machine: it is kept in {settings.inbox_dir}. Set {PREFIX}SMTP_URL to send."
        )
    lines += [f"  Data     {settings.data_dir}", *(f"  {line}" if line else "" for line in more)]
    return [*lines, "", "  Ctrl-C ends everything.", ""]


def _is_ready(settings: Settings) -> bool:
    host, port = split_bind(settings.bind)
    connection = http.client.HTTPConnection({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port, timeout=2)  # noqa: S104
    try:
        connection.request("GET", "/readyz", headers={"Host": urlsplit(settings.base_url).netloc})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
