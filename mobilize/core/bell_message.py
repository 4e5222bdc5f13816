"""A task as Celery's workers read it from a Redis list, made without importing Celery.

Message protocol 2 (Celery, "Message Protocol") in the envelope of kombu's Redis transport, which a worker takes from
the list of its queue's name. Whoever only rings, a command or a web process, starts so much sooner.
"""

from __future__ import annotations

import base64
import json
import os
import socket
from collections.abc import Sequence
from functools import cache
from uuid import uuid4


def bell_message(task: str, arguments: Sequence[str], queue: str) -> bytes:
    """What to push to the left of the list ``queue`` so that a worker calls ``task`` with these arguments."""
    task_id = str(uuid4())
    envelope = {
        "body": base64.b64encode(_body(arguments)).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": _headers(task, task_id, arguments),
        "properties": {
            "correlation_id": task_id,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid4()),
        },
    }
    return json.dumps(envelope).encode()


def _body(arguments: Sequence[str]) -> bytes:
    """Positional arguments, named ones, and what follows the task: nothing."""
    return json.dumps([list(arguments), {}, dict.fromkeys(("callbacks", "errbacks", "chain", "chord"))]).encode()


def _headers(task: str, task_id: str, arguments: Sequence[str]) -> dict[str, object]:
    none = dict.fromkeys(("shadow", "eta", "expires", "group", "group_index", "parent_id", "stamps"))
    return {
        **none,
        "lang": "py",
        "task": task,
        "id": task_id,
        "root_id": task_id,
        "retries": 0,
        "timelimit": [None, None],
        "argsrepr": repr(tuple(arguments)),
        "kwargsrepr": "{}",
        "origin": f"{os.getpid()}@{_host()}",
        "ignore_result": True,
    }


@cache
def _host() -> str:
    return socket.gethostname()
