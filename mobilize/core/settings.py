"""Every setting of the service, read once from ``MOBILIZE_*``; each has a default that works on one machine."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

from mobilize.core import text
from mobilize.core.errors import ConfigurationError, Refused

PREFIX = "MOBILIZE_"
MAX_SOCKET_PATH = 100
REHEARSAL_DATABASE = "mobilize_rehearsal_"
"""How the name of a PostgreSQL database begins that a rehearsal may use: no installation has such a one."""
_DOMAIN = re.compile(r"(?=.{4,180}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


@dataclass(frozen=True)
class Settings:
    """One installation. URLs are complete; paths are absolute; ``None`` means the embedded part."""

    data_dir: Path
    database_url: str
    redis_url: str
    smtp_url: str | None
    base_url: str
    bind: str
    secret_keys: tuple[str, ...]
    trusted_proxies: int
    embedded_redis: bool
    inbox_smtp_port: int
    inbox_smtp_port_chosen: bool
    metrics_token: str | None
    web_threads: int
    bulk_workers: int
    private_mail_servers: bool
    media_megabytes: int
    bounces_url: str | None
    feedback: tuple[str, ...]
    leave_domain: str
    sender: str
    rehearsal: Path | None
    idle_minutes: int

    @property
    def idle_limit(self) -> timedelta:
        """How long a session of staff lasts without being used."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def keys_dir(self) -> Path:
        return self.data_dir / "keys"

    @property
    def run_dir(self) -> Path:
        return self.data_dir / "run"

    @property
    def inbox_port_file(self) -> Path:
        """Where ``mobilize up`` notes the embedded inbox's port for its children and other commands."""
        return _inbox_port_file(self.data_dir)

    @property
    def media_dir(self) -> Path:
        return self.data_dir / "media"

    @property
    def files_dir(self) -> Path:
        """Files with addresses that were made for somebody to fetch: they stay for days (``core.passing_files``)."""
        return self.data_dir / "files"

    @property
    def answers_dir(self) -> Path:
        """Files that people gave as answers, sealed."""
        return self.data_dir / "answers"

    @property
    def inbox_dir(self) -> Path:
        return self.data_dir / "inbox"

    @property
    def is_loopback(self) -> bool:
        """Whether both the address we listen on and the address we name to the world stay on this machine."""
        return is_loopback_host(split_bind(self.bind)[0]) and is_loopback_host(urlsplit(self.base_url).hostname)

    @property
    def inbox_enabled(self) -> bool:
        """The embedded inbox and the demonstration exist only on loopback and without a real SMTP server."""
        return self.smtp_url is None and self.is_loopback

    @property
    def mails_accounts(self) -> bool:
        """Whether mail about accounts reaches people: over the installation's server, or in the inbox they can open."""
        return self.smtp_url is not None or self.inbox_enabled

    @property
    def secure_cookies(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def effective_smtp_url(self) -> str:
        """Where mail is handed over: the server that was set, else the embedded inbox on loopback."""
        return self.smtp_url or f"smtp://127.0.0.1:{self.inbox_smtp_port}?starttls=off"


def load(environ: Mapping[str, str]) -> Settings:
    """Read settings from an environment.

    Raises:
        ConfigurationError: a value that cannot be used, with its name.
    """

    def get(name: str, default: str = "") -> str:
        return environ.get(PREFIX + name, "").strip() or default

    data_dir = Path(get("DATA_DIR", "var")).expanduser().absolute()
    bind = get("BIND", "127.0.0.1:8000")
    split_bind(bind)
    base_url = get("BASE_URL", f"http://{_as_visited(bind)}").rstrip("/")
    _require_http(base_url)
    rehearsal = _rehearsal(get("REHEARSAL"), data_dir, get)
    redis_url = get("REDIS_URL")
    _require_redis(redis_url)
    return Settings(
        data_dir=data_dir,
        database_url=_database_url(get("DATABASE_URL", f"sqlite:///{data_dir / 'mobilize.db'}")),
        redis_url=redis_url or f"unix://{quote(str(_redis_socket(data_dir)))}",
        smtp_url=get("SMTP_URL") or None,
        base_url=base_url,
        bind=bind,
        secret_keys=tuple(key for key in get("SECRET_KEYS").split(",") if key),
        trusted_proxies=_whole_number("TRUSTED_PROXIES", get("TRUSTED_PROXIES", "0")),
        embedded_redis=not redis_url,
        inbox_smtp_port=_whole_number("INBOX_SMTP_PORT", get("INBOX_SMTP_PORT", _inbox_port(data_dir))),
        inbox_smtp_port_chosen=bool(get("INBOX_SMTP_PORT")),
        metrics_token=get("METRICS_TOKEN") or None,
        web_threads=_whole_number("WEB_THREADS", get("WEB_THREADS", "8")),
        media_megabytes=_whole_number("MEDIA_MEGABYTES", get("MEDIA_MEGABYTES", "1000")),
        bulk_workers=_at_least("BULK_WORKERS", get("BULK_WORKERS", str(_cores())), 1),
        private_mail_servers=_on_or_off("PRIVATE_MAIL_SERVERS", get("PRIVATE_MAIL_SERVERS", "off")),
        bounces_url=_bounces_url(get("BOUNCES")),
        feedback=tuple(address.strip() for address in get("FEEDBACK").split(",") if address.strip()),
        leave_domain=_domain("LEAVE_DOMAIN", get("LEAVE_DOMAIN")),
        sender=_address("SENDER", get("SENDER")),
        rehearsal=rehearsal,
        idle_minutes=_at_least("IDLE_MINUTES", get("IDLE_MINUTES", "720"), 10),
    )


def split_bind(bind: str) -> tuple[str, int]:
    """``"127.0.0.1:8000"`` or ``"[::1]:8000"`` as host and port.

    Raises:
        ConfigurationError: not of that form.
    """
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigurationError(PREFIX + "BIND", f"{bind!r} is not of the form host:port")
    return host.strip("[]"), int(port)


def split_bounces(url: str) -> tuple[bool, str, int]:
    """``"lmtp://127.0.0.1:2424"`` or ``smtp://…`` as whether it is LMTP, host and port.

    Raises:
        ConfigurationError: not of that form.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or url != f"{parts.scheme}://{parts.netloc}" or parts.scheme not in {"lmtp", "smtp"}:
        raise ConfigurationError(PREFIX + "BOUNCES", "use lmtp://host:port or smtp://host:port")
    return parts.scheme == "lmtp", host, port


def is_loopback_host(host: str | None) -> bool:
    """Whether a host (no port) can only mean this machine."""
    if not host:
        return False
    name = host.strip("[]").lower().rstrip(".")
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_loopback_authority(authority: str) -> bool:
    """The same for a ``Host`` header, which may name a port; what cannot be read is not of this machine."""
    try:
        return is_loopback_host(urlsplit(f"//{authority}").hostname)
    except ValueError:
        return False


def _redis_socket(data_dir: Path) -> Path:
    """The embedded Redis's socket: in the data folder, or in a private folder of ours where that path is too long.

    A unix socket's path has at most 107 bytes (``sun_path``, unix(7)). Every process must compute the same one.
    """
    socket = data_dir / "run" / "redis.sock"
    if len(os.fsencode(socket)) <= MAX_SOCKET_PATH:
        return socket
    mark = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path("/tmp") / f"mobilize-{os.getuid()}-{mark}" / "redis.sock"  # noqa: S108 - owner and mode are checked


def _inbox_port_file(data_dir: Path) -> Path:
    return data_dir / "run" / "inbox.port"


def _inbox_port(data_dir: Path) -> str:
    """The embedded inbox's port if nobody chose one: that of the service in this folder, else the usual one."""
    try:
        noted = _inbox_port_file(data_dir).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return "2525"
    return noted if noted.isdigit() else "2525"


def _as_visited(bind: str) -> str:
    host, port = split_bind(bind)
    visible = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
    return f"[{visible}]:{port}" if ":" in visible else f"{visible}:{port}"


def _rehearsal(place: str, data_dir: Path, get: Callable[[str], str]) -> Path | None:
    """The file by which a rehearsal moves the clock, in a folder that holds its database, Redis and inbox too."""
    if not place:
        return None
    for name in ("SMTP_URL", "DATABASE_URL", "REDIS_URL"):
        if get(name) and not (name == "DATABASE_URL" and _is_for_rehearsals(get(name))):
            raise ConfigurationError(PREFIX + "REHEARSAL", f"a rehearsal takes no {PREFIX}{name}: its clock is moved")
    if Path(place).parent != data_dir:
        raise ConfigurationError(PREFIX + "REHEARSAL", f"{place!r} is not in {PREFIX}DATA_DIR")
    return Path(place)


def _is_for_rehearsals(database_url: str) -> bool:
    """Whether the database's name says that nothing but a rehearsal uses it."""
    parts = urlsplit(database_url)
    return parts.scheme.startswith("postgres") and parts.path.startswith(f"/{REHEARSAL_DATABASE}")


def _require_http(base_url: str) -> None:
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError(PREFIX + "BASE_URL", f"{base_url!r} is not an http(s) address without query")


def _require_redis(url: str) -> None:
    if url and not url.startswith(("redis://", "rediss://", "unix:///")):
        raise ConfigurationError(PREFIX + "REDIS_URL", "use redis://host:port, rediss://host:port or unix:///path")


def _database_url(url: str) -> str:
    """Name the driver we ship for the bare schemes that people write."""
    for bare in ("postgresql://", "postgres://"):
        if url.startswith(bare):
            return "postgresql+psycopg://" + url.removeprefix(bare)
    if not url.startswith(("sqlite://", "postgresql+psycopg://")):
        raise ConfigurationError(PREFIX + "DATABASE_URL", "use sqlite:///path or postgresql://…")
    return url


def _bounces_url(url: str) -> str | None:
    if url:
        split_bounces(url)
    return url or None


def _address(name: str, typed: str) -> str:
    try:
        return text.mail_address("sender", typed) if typed else ""
    except Refused:
        raise ConfigurationError(PREFIX + name, f"{typed!r} is not an email address") from None


def _domain(name: str, text: str) -> str:
    domain = text.lower()
    if domain and not _DOMAIN.fullmatch(domain):
        raise ConfigurationError(PREFIX + name, f"{text!r} is not a domain like mail.example.org (others as xn--…)")
    return domain


def _whole_number(name: str, text: str) -> int:
    if not text.isdigit():
        raise ConfigurationError(PREFIX + name, f"{text!r} is not a whole number")
    return int(text)


def _at_least(name: str, text: str, least: int) -> int:
    number = _whole_number(name, text)
    if number < least:
        raise ConfigurationError(PREFIX + name, f"use at least {least}")
    return number


def _cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0))


def _on_or_off(name: str, text: str) -> bool:
    if text not in {"on", "off"}:
        raise ConfigurationError(PREFIX + name, f"{text!r} is neither on nor off")
    return text == "on"
