"""Threads that begin at one moment."""

from __future__ import annotations

import threading
from collections.abc import Callable


def together(*actions: Callable[[], object]) -> None:
    """Run the actions in threads of their own, begun at one moment; the first error is raised."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> None:
        barrier.wait()
        try:
            action()
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
