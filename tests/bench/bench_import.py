"""New people from a CSV file: what a thousand cost in a small file and in a large one, and the memory it takes.

python -m tests.bench.bench_import [people of the large file] [sqlite|postgresql]
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from mobilize.core import db
from mobilize.core.settings import Settings
from tests.bench.bench_send import KINDS, database
from tests.bench.installation import installed
from tests.bench.workers import Spent, bring
from tests.crowd import make_list
from tests.factories import make_organisation

SMALL, ROUNDS = 10_000, 3
AIM_OF_LARGE, AIM_OF_POSTGRESQL = 1.5, 0.8


@dataclass(frozen=True)
class Found:
    """Seconds a thousand people, and the most memory of the process (MB)."""

    seconds: float
    memory: float


def main(n: int = 200_000, *kinds: str, small: int = SMALL) -> Iterator[str]:
    """The lines of the report."""
    large: dict[str, Found] = {}
    for kind in kinds or KINDS:
        with database(kind) as url, installed(url) as settings, tempfile.TemporaryDirectory() as folder:
            few = [_imported(settings, Path(folder), small, f"few{number}") for number in range(ROUNDS)]
            small_file = Found(median(one.seconds for one in few), max(one.memory for one in few))
            large[kind] = _imported(settings, Path(folder), n, "many")
            yield _line(kind, small, small_file, n, large[kind])
    if len(large) > 1:
        ratio = large["sqlite"].seconds / large["postgresql"].seconds
        yield f"PostgreSQL's rate of SQLite's  n={n}  {ratio:.2f}  (aim {AIM_OF_POSTGRESQL})"


def _imported(settings: Settings, folder: Path, people: int, name: str) -> Found:
    """A file of so many new people brought in by a process of its own."""
    with db.writing():
        organisation = make_organisation(slug=name)
        make_list(organisation)
        organisation_id = organisation.id
    path = folder / f"{name}.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("email", "first_name", "last_name", "language"))
        rows.writerows(
            (f"{name}.{one}@reader{one % 7}.example.org", f"Amina{one}", "Benali", "en") for one in range(people)
        )
    spent: Spent = bring(settings, path, organisation_id, "newsletter")
    return Found(1000 * spent.wall / people, spent.memory)


def _line(kind: str, small: int, few: Found, n: int, many: Found) -> str:
    return (
        f"{kind}  import of new people  {few.seconds:.3f} s a thousand of {small} (median of {ROUNDS}), "
        f"{many.seconds:.3f} of {n}: {many.seconds / few.seconds:.2f} (aim {AIM_OF_LARGE}); "
        f"memory {few.memory:.0f} MB and {many.memory:.0f} ({many.memory / few.memory:.2f})"
    )


if __name__ == "__main__":
    for line in main(int(sys.argv[1]) if sys.argv[1:] else 200_000, *sys.argv[2:]):
        print(line, flush=True)
