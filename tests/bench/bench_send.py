"""End to end: personalised messages from the ledger to smtp-sink, beside one canned message over the same transport."""

from __future__ import annotations

import sys

from tests.bench.sending import counted, drain, installed, launch, one_message, push, sink


def main(n: int = 20_000, workers: int = 2, database_url: str | None = None) -> list[str]:
    """The lines of the report: once with one worker, once with ``workers``."""
    return [line(n, number, database_url) for number in sorted({1, workers})]


def line(n: int, workers: int, database_url: str | None = None) -> str:
    """Messages a second, and how near that comes to the canned message."""
    with sink() as smtp_url, installed(smtp_url, database_url) as settings:
        message_id = launch(n + 1)
        canned = one_message(settings)
        limit = push(settings, workers, canned, n)
        seconds = drain(settings, workers)
        groups = counted(message_id)
    assert groups.accepted == groups.total == groups.audience == n + 1, groups
    kind = "postgresql" if database_url else "sqlite"
    return (
        f"send, {kind}, {workers} worker(s)  n={n} of {len(canned) / 1000:.0f} KB  "
        f"{n / seconds:7.0f} messages/s  {limit / seconds:.2f} of the canned message ({n / limit:.0f}/s)"
    )


if __name__ == "__main__":
    print("\n".join(main(*map(int, sys.argv[1:]))))
