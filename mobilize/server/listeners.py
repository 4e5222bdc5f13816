"""Listening sockets, opened before anything starts and handed to the children that serve them.

A port in use is found at once, and a visitor who comes while the web server restarts waits instead of being refused.
"""

from __future__ import annotations

import errno
import os
import socket

from mobilize.core.errors import ConfigurationError
from mobilize.core.settings import PREFIX, Settings

BACKLOG = 256


def listen_for_inbox(settings: Settings) -> socket.socket:
    """The embedded inbox's: on the port that was chosen; otherwise on any free one if its usual one is taken.

    Raises:
        ConfigurationError: as ``listen``, for a port that was chosen.
    """
    setting, host = PREFIX + "INBOX_SMTP_PORT", "127.0.0.1"
    try:
        return listen(setting, host, settings.inbox_smtp_port)
    except ConfigurationError:
        if settings.inbox_smtp_port_chosen:
            raise
        return listen(setting, host, 0)


def listen(setting: str, host: str, port: int) -> socket.socket:
    """A TCP socket that listens on ``host:port`` and that children can inherit.

    Raises:
        ConfigurationError: the address is in use or not of this machine; names ``setting``.
    """
    try:
        family, _type, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno or 0) if error.errno in errno.errorcode else error.strerror
        raise ConfigurationError(setting, f"cannot listen on {host}:{port} ({reason})") from error
