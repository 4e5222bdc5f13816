"""Listening sockets, opened before anything starts and handed to the children that serve them.

A port in use is found at once, and a visitor who comes while the web server restarts waits instead of being refused.
"""

from __future__ import annotations

import socket

from mobilize.core.errors import ConfigurationError

BACKLOG = 256


def listen(setting: str, host: str, port: int) -> socket.socket:
    """A TCP socket that listens on ``host:port`` and that children can inherit.

    Raises:
        ConfigurationError: the address is in use or not of this machine; names ``setting``.
    """
    try:
        family, _type, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        raise ConfigurationError(setting, f"cannot listen on {host}:{port} ({error.strerror})") from error
    return listener
