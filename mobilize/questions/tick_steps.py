"""What time alone makes due for answers, as steps of a pass of the clock."""

from __future__ import annotations

from datetime import datetime

from mobilize.core import db
from mobilize.core.settings import Settings
from mobilize.questions import answering, files, queries

FILES_AT_ONCE = 1000


def delete_ended_answers(now: datetime, _settings: Settings) -> None:
    """Delete answers whose retention ended; the writing lock is taken only if there are any."""
    with db.reading():
        is_due = queries.has_ended_answers(now)
    if is_due:
        db.in_steps(lambda: answering.delete_ended_answers(now))


def seal_answers(_now: datetime, _settings: Settings) -> None:
    """Seal what was answered in plain before its question was marked sensitive."""
    with db.reading():
        is_due = queries.has_answers_to_seal()
    if is_due:
        db.in_steps(answering.seal_answers)


def remove_files(now: datetime, settings: Settings) -> None:
    """Remove the files of deleted answers, and those whose answer was never committed."""
    folder = settings.answers_dir
    old = files.older_than(folder, now)
    with db.reading():
        ended = queries.ended_files(FILES_AT_ONCE)
        abandoned = set(old) - queries.files_in_use(old)
    files.remove(folder, {*ended, *abandoned})
    if ended:
        with db.writing():
            answering.forget_files(ended)
