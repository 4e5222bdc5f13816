"""Bringing people in from a file: bulk look-ups and bulk rows, a thousand people a step, each step its own commit.

sheets.read_sheet -> person or reject -> a page of 1,000 -> bulk.changes (what is known of them) -> bulk.add_people

Running the same file again changes nothing. Withdrawals and suppressions win: a file proves no new wish.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from mobilize.core import audit, crypto, db, passing_files, text
from mobilize.core.cells import neutralised
from mobilize.core.db import new_uid
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.organisations.queries import Brand
from mobilize.questions.models import QuestionKind
from mobilize.questions.queries import questions
from mobilize.questions.rules import Asked, own_fields
from mobilize.subscribers.bulk import Basis, add_people, changes
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.first_lines import FirstLines
from mobilize.subscribers.queries import list_by_slug
from mobilize.subscribers.rules import Outcome, Person, person
from mobilize.subscribers.sheets import COLUMNS, Row, opened, read_sheet

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
    path: Path,
    organisation: Brand,
    list_slug: str,
    consent: str,
    *,
    files: Path,
    dry_run: bool = False,
    encoding: str = "",
) -> Report:
    """Put the people of a CSV or XLSX file on a list, committing step by step; a dry run only says what would happen.

    ``files`` is the folder of the refused lines, which stay for a week (``core.passing_files``).
    ``consent`` is the wording that these people agreed to; it stands in the consent row of everyone who joins.
    A column named as one of the organisation's fields is read as answers to it; a blank cell keeps what is known.

    Raises:
        NotFound: no such list.
        Refused: the file, its header or the consent text does not hold; nothing was stored.
    """
    wording = text.required_line("consent", consent, at_most=2000)
    evidence = Evidence("import", wording, proof={"file_sha256": _digest(path)})
    with db.reading():
        row = list_by_slug(organisation.id, list_slug)
        fields = [one for one in questions(own_fields(organisation.id)) if one.kind is not QuestionKind.FILE]
        basis = Basis(organisation, row.id, row.uid, evidence, fields)
    columns = (*COLUMNS, *(one.slug for one in fields))
    sheet = read_sheet(path, encoding, columns)
    languages: Counter[str] = Counter()
    with Rejects(files, organisation.slug, columns) as rejects, FirstLines() as first_lines:
        people = _people(sheet.rows, basis, rejects, first_lines, languages)
        counts = _rehearse(basis, people) if dry_run else _store(basis, people)
    report = Report(
        created=counts[Outcome.CREATED],
        updated=counts[Outcome.UPDATED],
        unchanged=counts[Outcome.UNCHANGED],
        suppressed=counts[Outcome.SUPPRESSED],
        rejected=rejects.count,
        rejects_file=rejects.written,
        other_languages=dict(languages),
        encoding=sheet.encoding,
        samples=sheet.samples,
    )
    if not dry_run:
        _trail(basis, report)
    return report


class Rejects:
    """The file of refused lines, made with the first one, readable by its owner only: it holds addresses."""

    def __init__(self, folder: Path, slug: str, columns: Sequence[str]) -> None:
        self._columns = columns
        self._folder, self._name = folder, f"{slug}.{new_uid()}{passing_files.REJECTS}"
        self._file: TextIO | None = None
        self.count = 0

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def written(self) -> str | None:
        return str(self._folder / self._name) if self.count else None

    def add(self, row: Row, reason: str) -> None:
        """Write one line; cells are shortened and neutralised."""
        self.count += 1
        if self._file is None:
            self._file = passing_files.create(self._folder, self._name)
            csv.writer(self._file).writerow(("line", "reason", *self._columns))
        cells = (neutralised(row.cells.get(column, "")) for column in self._columns)
        csv.writer(self._file).writerow((row.line, neutralised(reason), *cells))


def _people(
    rows: Iterable[Row], basis: Basis, rejects: Rejects, first_lines: FirstLines, languages: Counter[str]
) -> Iterator[Person]:
    """Valid people, each address once: which of two lines should win is not ours to guess.

    Counts in ``languages`` those that the organisation does not write in.
    """
    for row in rows:
        try:
            found = _person(row, basis.organisation.languages, basis.fields)
            earlier = first_lines.earlier(crypto.address_index(basis.organisation.uid, found.contact.email), row.line)
            if earlier is not None:
                raise Refused("email", _("The same address stands on line %(line)d", line=earlier))
        except Refused as refusal:
            rejects.add(row, str(refusal))
        else:
            if found.other_language:
                languages[found.other_language] += 1
            yield found


def _person(row: Row, languages: Sequence[str], fields: Sequence[Asked]) -> Person:
    if row.problem:
        raise Refused("line", row.problem)
    return person(row.line, row.cells, languages, fields)


def _store(basis: Basis, people: Iterator[Person]) -> Counter[Outcome]:
    """A commit every ``STEP`` people, who are read before its transaction begins."""
    counts: Counter[Outcome] = Counter()
    for page in _pages(people):
        with db.writing():
            counts.update(add_people(basis, page))
    return counts


def _rehearse(basis: Basis, people: Iterator[Person]) -> Counter[Outcome]:
    counts: Counter[Outcome] = Counter()
    for page in _pages(people):
        with db.reading():
            found = changes(basis, page)
        counts.update(one.outcome for one in found.values())
    return counts


def _pages(people: Iterator[Person]) -> Iterator[list[Person]]:
    while page := list(islice(people, STEP)):
        yield page


def _trail(basis: Basis, report: Report) -> None:
    numbers = {outcome.value: getattr(report, outcome.value) for outcome in Outcome}
    with db.writing():
        subject = f"list:{basis.list_uid}"
        audit.record("people.imported", organisation_id=basis.organisation.id, subject=subject, **numbers)


def _digest(path: Path) -> str:
    """SHA-256 of the file: the proof in each consent row, which names no file."""
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
