"""``mobilize bounces``."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from typing import BinaryIO

import click
from sqlalchemy.exc import SQLAlchemyError

from mobilize.cli.session import opened
from mobilize.core.errors import ConfigurationError, Refused
from mobilize.delivery.bounces.mailboxes import take
from mobilize.delivery.bounces.receiver import MAX_MAIL, quieten_libraries, serve
from mobilize.delivery.bounces.service import TooEarly
from mobilize.server.listeners import listen
from mobilize.subscribers.leaving_by_mail import LEAVING

OTHERS = (LEAVING,)


@click.command()
@click.option("--listen", "place", metavar="HOST:PORT", help="Receive by SMTP on this address until stopped.")
@click.option("--fd", type=int, hidden=True, help="A listening socket that mobilize up opened.")
@click.option("--lmtp", is_flag=True, help="Speak LMTP (RFC 2033) instead, with an answer a recipient.")
@click.option("--feedback", multiple=True, metavar="ADDRESS", help="Also take complaints sent here; may be repeated.")
@click.option("--read", is_flag=True, help="Read one mail a FILE instead; - is standard input.")
@click.option("--to", metavar="ADDRESS", default="", help="The envelope recipient of what is read.")
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.File("rb"))
def bounces(
    place: str | None,
    fd: int | None,
    lmtp: bool,
    feedback: tuple[str, ...],
    read: bool,
    to: str,
    files: tuple[BinaryIO, ...],
) -> None:
    """Take in what comes back: bounces, complaints, and mails of people who leave.

    Reading ends with 75 (EX_TEMPFAIL) while the database is away, so that a pipe keeps the mail and comes again.
    """
    if [read, place is not None, fd is not None].count(True) != 1:
        raise Refused("--listen", "name an address to listen on, or files to --read")
    quieten_libraries()
    if read:
        _read(files, to)
        return
    with opened(), _listener(place, fd) as listener:
        shown = "{}:{}".format(*listener.getsockname()[:2])
        click.echo(f"Receiving what comes back on {shown} ({'LMTP' if lmtp else 'SMTP'})")
        asyncio.run(serve(listener, is_lmtp=lmtp, feedback=feedback, others=OTHERS))


def _listener(place: str | None, fd: int | None) -> socket.socket:
    if place is None:
        return socket.socket(fileno=fd)
    host, _colon, port = place.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise Refused("--listen", f"{place!r} is not of the form host:port")
    return listen("--listen", host.strip("[]"), int(port))


def _read(files: tuple[BinaryIO, ...], to: str) -> None:
    if not files:
        raise Refused("FILE", "name at least one file to read")
    try:
        with opened():
            for file in files:
                take([to], file.read(MAX_MAIL), OTHERS)
    except (ConfigurationError, SQLAlchemyError, TooEarly) as error:
        click.echo(f"not now: {type(error).__name__}", err=True)
        sys.exit(os.EX_TEMPFAIL)
