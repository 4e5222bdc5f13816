"""Bringing people in from a file: bulk look-ups and bulk rows, a thousand people a step, each step its own commit.

sheets.read_rows -> person or reject -> bulk.changes (what is known of a thousand at once) -> bulk.add_people

Running the same file again changes nothing. Withdrawals and suppressions win: a file proves no new wish.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from mobilize.core import audit, crypto, db, text
from mobilize.core.cells import neutralised
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.organisations.queries import Brand
from mobilize.subscribers.bulk import Basis, add_people, changes
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.queries import list_by_slug
from mobilize.subscribers.rules import Outcome, Person, person
from mobilize.subscribers.sheets import COLUMNS, Row, content, read_sheet

STEP = 1000


@dataclass(frozen=True)
class Report:
    """How many lines became what; ``rejects_file`` names line and reason of each refused one, if there is any.

    ``other_languages`` counts people by a language that the organisation does not write in: they get its default.
    ``encoding`` is how a CSV file was read, ``samples`` some of its words that show whether that was right.
    """

    created: int
    updated: int
    unchanged: int
    suppressed: int
    rejected: int
    rejects_file: str | None
    other_languages: dict[str, int]
    encoding: str
    samples: tuple[str, ...]


def import_file(
    path: Path, organisation: Brand, list_slug: str, consent: str, *, dry_run: bool = False, encoding: str = ""
) -> Report:
    """Put the people of a CSV or XLSX file on a list, committing step by step; a dry run only says what would happen.

    ``consent`` is the wording that these people agreed to; it stands in the consent row of everyone who joins.

    Raises:
        NotFound: no such list.
        Refused: the file, its header or the consent text does not hold; nothing was stored.
    """
    wording = text.required_line("consent", consent, at_most=2000)
    evidence = Evidence("import", wording, proof={"file_sha256": _digest(path)})
    with db.reading():
        row = list_by_slug(organisation.id, list_slug)
        basis = Basis(organisation, row.id, row.uid, evidence)
    sheet = read_sheet(path, encoding)
    with Rejects(path) as rejects:
        people = list(_people(sheet.rows, organisation, rejects))
    counts = _rehearse(basis, people) if dry_run else _store(basis, people)
    report = Report(
        created=counts[Outcome.CREATED],
        updated=counts[Outcome.UPDATED],
        unchanged=counts[Outcome.UNCHANGED],
        suppressed=counts[Outcome.SUPPRESSED],
        rejected=rejects.count,
        rejects_file=rejects.written,
        other_languages=dict(Counter(one.other_language for one in people if one.other_language)),
        encoding=sheet.encoding,
        samples=sheet.samples,
    )
    if not dry_run:
        _trail(basis, report)
    return report


class Rejects:
    """The file of refused lines, made with the first one, readable by its owner only: it holds addresses."""

    def __init__(self, source: Path) -> None:
        self._path = source.with_name(f"{source.name}.rejects.csv")
        self._file: TextIO | None = None
        self.count = 0

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def written(self) -> str | None:
        return str(self._path) if self.count else None

    def add(self, row: Row, reason: str) -> None:
        """Write one line; cells are shortened and neutralised."""
        self.count += 1
        if self._file is None:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(("line", "reason", *COLUMNS))
        cells = (neutralised(row.cells.get(column, "")) for column in COLUMNS)
        csv.writer(self._file).writerow((row.line, neutralised(reason), *cells))


def _people(rows: Iterable[Row], organisation: Brand, rejects: Rejects) -> Iterator[Person]:
    """Valid people, each address once: which of two lines should win is not ours to guess."""
    seen: dict[bytes, int] = {}
    for row in rows:
        try:
            found = _person(row, organisation.languages)
            index = crypto.address_index(organisation.uid, found.contact.email)
            if index in seen:
                raise Refused("email", _("The same address stands on line %(line)d", line=seen[index]))
        except Refused as refusal:
            rejects.add(row, str(refusal))
        else:
            seen[index] = row.line
            yield found


def _person(row: Row, languages: Sequence[str]) -> Person:
    if row.problem:
        raise Refused("line", row.problem)
    return person(row.line, row.cells, languages)


def _store(basis: Basis, people: Sequence[Person]) -> Counter[Outcome]:
    """A commit every ``STEP`` people; what was read and refused is known before the first."""
    counts: Counter[Outcome] = Counter()
    pages = list(range(0, len(people), STEP))

    def step() -> bool:
        if pages:
            start = pages.pop(0)
            counts.update(add_people(basis, people[start : start + STEP]))
        return bool(pages)

    db.in_steps(step)
    return counts


def _rehearse(basis: Basis, people: Sequence[Person]) -> Counter[Outcome]:
    counts: Counter[Outcome] = Counter()
    for start in range(0, len(people), STEP):
        with db.reading():
            found = changes(basis, people[start : start + STEP])
        counts.update(one.outcome for one in found.values())
    return counts


def _trail(basis: Basis, report: Report) -> None:
    numbers = {outcome.value: getattr(report, outcome.value) for outcome in Outcome}
    with db.writing():
        subject = f"list:{basis.list_uid}"
        audit.record("people.imported", organisation_id=basis.organisation.id, subject=subject, **numbers)


def _digest(path: Path) -> str:
    """SHA-256 of the file: the proof in each consent row, which names no file."""
    return hashlib.sha256(content(path)).hexdigest()
