"""Notices slow work while a writing transaction is open: on SQLite nobody else can write meanwhile.

Functions that may take long are wrapped. When a request, a command or a step of the clock calls one in a thread that
has a writing transaction open, the test fails. Set-ups of tests may do as they like.
"""

from __future__ import annotations

import functools
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import argon2
import click
import dns.resolver
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import has_request_context
from PIL import Image
from sqlalchemy import Connection, Engine, event

from mobilize import tick
from mobilize.core import public_internet
from mobilize.delivery.composing.email_pages import Page
from mobilize.delivery.smtp.client import LimitedClient
from mobilize.mailings import launch

SLOW: tuple[tuple[Any, str], ...] = (
    (argon2.PasswordHasher, "hash"),
    (argon2.PasswordHasher, "verify"),
    (rsa, "generate_private_key"),
    (Image, "open"),
    (dns.resolver.Resolver, "resolve"),
    (public_internet, "resolved"),
    (LimitedClient, "connect"),
    (Page, "html"),
)
"""What takes a hundredth of a second (with the costs of service), or may take a minute."""

STEPS: tuple[tuple[Any, str], ...] = ((tick, "_take"), (launch, "_step_or_log"))
"""What works in the background, beside pages and commands."""

_here = threading.local()


def writing_here() -> set[int]:
    """The connections of this thread on which a writing transaction is open."""
    found: set[int] = _here.__dict__.setdefault("writing", set())
    return found


@contextmanager
def noticed() -> Iterator[list[str]]:
    """The names of slow functions that were called while a writing transaction was open.

    A connection that an earlier test left open, or that was dropped without a rollback, is not of this test.
    """
    writing_here().clear()
    found: list[str] = []
    with ExitStack() as wrapped:
        for owner, name in SLOW:
            wrapped.enter_context(mock.patch.object(owner, name, _noticing(getattr(owner, name), name, found)))
        for owner, name in STEPS:
            wrapped.enter_context(mock.patch.object(owner, name, _as_work(getattr(owner, name))))
        yield found


def _begun(connection: Connection) -> None:
    if connection.get_execution_options().get("mobilize_writes"):
        writing_here().add(id(connection))


def _ended(connection: Connection) -> None:
    writing_here().discard(id(connection))


def _noticing(slow: Callable[..., Any], name: str, found: list[str]) -> Callable[..., Any]:
    @functools.wraps(slow)
    def watched(*args: Any, **options: Any) -> Any:
        if writing_here() and _is_at_work():
            found.append(f"{name} from {_callers()}")
        return slow(*args, **options)

    return watched


def _callers() -> str:
    """The way to it through the product, the nearest first."""
    ours = [frame for frame in traceback.extract_stack() if "/mobilize/" in frame.filename]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(ours[-6:]))


def _is_at_work() -> bool:
    """Whether the product was entered, and not a helper of a test."""
    in_command = click.get_current_context(silent=True) is not None
    return has_request_context() or in_command or _here.__dict__.get("ticking", False)


def _as_work(step: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(step)
    def at_work(*args: Any, **options: Any) -> Any:
        _here.ticking = True
        try:
            return step(*args, **options)
        finally:
            _here.ticking = False

    return at_work


event.listen(Engine, "begin", _begun)
event.listen(Engine, "commit", _ended)
event.listen(Engine, "rollback", _ended)
