"""Which processes an installation gets."""

from __future__ import annotations

import os

import pytest

from mobilize.core.errors import ConfigurationError
from mobilize.core.settings import load
from mobilize.server import plan


def names(**environ: str) -> list[str]:
    return [child.name for child in plan.workers(load({f"MOBILIZE_{name}": value for name, value in environ.items()}))]


def test_bulk_mail_has_a_worker_a_core() -> None:
    """By default as many as cores: a signature takes most of what a mail costs."""
    cores = len(os.sched_getaffinity(0))
    assert [name for name in names() if name.startswith("bulk")] == [
        "bulk",
        *(f"bulk-{n}" for n in range(2, cores + 1)),
    ]


def test_the_number_of_bulk_workers_can_be_set() -> None:
    """Every other queue keeps its one; each worker has a name of its own, and the queue of its kind."""
    assert names(BULK_WORKERS="1") == ["transactional", "urgent", "bulk", "background"]
    children = plan.workers(load({"MOBILIZE_BULK_WORKERS": "3"}))
    assert [child.name for child in children] == ["transactional", "urgent", "bulk", "bulk-2", "bulk-3", "background"]
    third = children[4].command
    assert {"--queues=bulk", "--hostname=bulk-3@%h"} <= set(third)


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_other_numbers_are_refused(value: str) -> None:
    """By the setting's name."""
    with pytest.raises(ConfigurationError, match="MOBILIZE_BULK_WORKERS"):
        load({"MOBILIZE_BULK_WORKERS": value})
