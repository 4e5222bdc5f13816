"""SMTP servers of the organisations' own: kept sealed, used for their mail alone, and only where they may stand.

An owner's server is an address that somebody else makes us connect to. So it may stand on the public Internet only,
on the ports of mail, unless the installation says otherwise (``MOBILIZE_PRIVATE_MAIL_SERVERS=on``). A name is judged
by its addresses when it is saved and again before and after every connection is made (``smtp/opening.py``), because
names change what they point to. The organisations of the demonstration have none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

from sqlalchemy import Connection, Table, select

from mobilize.core import audit, clock, crypto
from mobilize.core.db import session
from mobilize.core.errors import ConfigurationError, Refused
from mobilize.core.i18n import _
from mobilize.delivery.smtp.settings import SmtpSettings
from mobilize.organisations.models import MailServer, Organisation

_servers, _houses = cast(Table, MailServer.__table__), cast(Table, Organisation.__table__)

_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*|[0-9a-f:.]*:[0-9a-f:.]*")
MAIL_PORTS = frozenset({25, 465, 587, 2525})


@dataclass(frozen=True)
class ServerFacts:
    """What an owner enters; ``security`` is ``tls``, ``starttls`` or ``none``. No password: the former one stays."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = ""

    def url(self, password: str) -> str:
        """The form in which it is kept (see ``SmtpSettings.from_url``)."""
        login = f"{quote(self.user, safe='')}:{quote(password, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "smtps" if self.security == "tls" else "smtp"
        option = "" if self.security == "tls" else f"?starttls={'off' if self.security == 'none' else 'required'}"
        return f"{scheme}://{login}{host}:{self.port}{option}"


def own_servers(connection: Connection) -> dict[int, str]:
    """The URL of each organisation's own server, by the organisation's id."""
    rows = connection.execute(
        select(_servers.c.organisation_id, _servers.c.uid, _servers.c.url_sealed)
        .join(_houses, _houses.c.id == _servers.c.organisation_id)
        .where(_houses.c.is_demonstration.is_(False), _houses.c.is_installation.is_(False))
    )
    return {row.organisation_id: crypto.unseal(row.url_sealed, _place(row.uid)) for row in rows}


def server_row(organisation_id: int) -> MailServer | None:
    """The organisation's own server, if it has one."""
    return session.scalar(select(MailServer).where(MailServer.organisation_id == organisation_id))


def use_server(organisation: Organisation, facts: ServerFacts, *, private_allowed: bool) -> None:
    """Send the organisation's mail over this server from now on; nothing is contacted.

    Raises:
        Refused: a value that does not hold, with its field.
    """
    if organisation.is_installation:
        raise Refused("host", _("Emails about accounts are sent over the server of the settings only"))
    if organisation.is_demonstration:
        raise Refused("host", _("The demonstration sends no email to the world"))
    row = server_row(organisation.id)
    settings = _usable(facts, _password(facts, row), private_allowed=private_allowed)
    if row is None:
        row = MailServer(organisation_id=organisation.id)
        session.add(row)
    row.url, row.changed_at = facts.url(settings.password), clock.now()
    session.flush()
    _record("organisation.mail-server-changed", organisation, host=facts.host, port=facts.port)


def drop_server(organisation: Organisation) -> None:
    """Send over the installation's server again. Twice is once."""
    row = server_row(organisation.id)
    if row is not None:
        session.delete(row)
        session.flush()
        _record("organisation.mail-server-removed", organisation)


def _password(facts: ServerFacts, row: MailServer | None) -> str:
    """The one entered, else the one kept for the same user at the same host: it never goes to another machine."""
    if facts.password or row is None:
        return facts.password
    kept = SmtpSettings.from_url(row.url)
    return kept.password if (kept.host, kept.user) == (facts.host, facts.user) else ""


def _usable(facts: ServerFacts, password: str, *, private_allowed: bool) -> SmtpSettings:
    if not _HOST.fullmatch(facts.host):
        raise Refused("host", _("This is not the name of a mail server"))
    if facts.user and not password:
        raise Refused("password", _("Enter the password"))
    if not private_allowed and facts.port not in MAIL_PORTS:
        raise Refused("port", _("Use one of the ports 25, 465, 587 and 2525"))
    if not private_allowed and facts.security == "none":
        raise Refused("security", _("Email has to be encrypted on its way to the server"))
    try:
        return SmtpSettings.from_url(facts.url(password))
    except ConfigurationError as error:
        raise Refused("host", _("This is not the name of a mail server")) from error


def _place(uid: str) -> bytes:
    return crypto.associated_data(MailServer.__tablename__, "url_sealed", uid)


def _record(action: str, organisation: Organisation, **facts: object) -> None:
    subject = f"organisation:{organisation.uid}"
    audit.record(action, organisation_id=organisation.id, subject=subject, **facts)
