"""One transaction a unit, and one place that commits."""

import sqlite3 as driver
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from mobilize.core import db, sqlite
from mobilize.core.db import session
from mobilize.core.errors import MobilizeError
from mobilize.core.settings import Settings
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import IS_TENANT
from tests.factories import make_organisation

pytestmark = pytest.mark.usefixtures("installation")


def organisations() -> int:
    """How many there are beside the installation's own row."""
    with db.reading():
        return session.scalar(select(func.count()).select_from(Organisation).where(IS_TENANT)) or 0


def test_a_writing_unit_commits_at_its_end_and_then_runs_its_actions_once():
    """Rows are there and each action ran once, after the commit."""
    seen = []
    with db.writing():
        make_organisation()
        for _ in range(2):
            db.after_commit("bell", lambda: seen.append(organisations()))
    assert seen == [1]


def test_an_error_rolls_back_and_runs_no_action():
    """Neither a row nor a bell is left of a unit that failed."""
    seen = []

    def fail() -> None:
        with db.writing():
            make_organisation()
            db.after_commit("bell", lambda: seen.append(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (organisations(), seen) == (0, [])


def test_an_abandoned_unit_leaves_nothing():
    """A refused form is rolled back without an error."""
    with db.writing():
        make_organisation()
        db.abandon()
    assert organisations() == 0


def test_a_reading_unit_refuses_to_write():
    """The database itself stops a write in a GET."""
    with db.reading(), pytest.raises(DBAPIError):
        make_organisation()
    assert organisations() == 0


def test_units_do_not_nest():
    """A service that opened its own unit inside a request would commit half of it."""
    with db.reading(), pytest.raises(MobilizeError), db.writing():
        pass


def test_steps_commit_one_by_one():
    """Work in chunks is kept up to the step that failed."""
    left = [1, 2, 3]

    def step() -> bool:
        make_organisation()
        left.pop()
        if not left:
            raise RuntimeError
        return True

    with pytest.raises(RuntimeError):
        db.in_steps(step)
    assert organisations() == 2


def test_a_unit_that_only_read_can_let_go_of_its_lock():
    """Another writer gets its turn while slow work goes on; the unit then goes on itself."""
    with db.writing():
        make_organisation(website="Before")
    with db.writing():
        row = session.scalars(select(Organisation).where(IS_TENANT)).one()
        db.release()
        with db.engine().begin() as other:
            other.execute(update(Organisation).where(IS_TENANT).values(website="Meanwhile"))
        assert row.website == "Meanwhile"
        row.website = "After"
    with db.reading():
        assert session.scalar(select(Organisation.website).where(IS_TENANT)) == "After"


def test_a_unit_that_wrote_cannot_let_go():
    """Half of it would be lost."""
    with db.writing():
        row = make_organisation()
        row.website = "Changed"
        with pytest.raises(MobilizeError):
            db.release()


@pytest.fixture
def writer(installation: Settings) -> Iterator[driver.Connection]:
    """Somebody else who writes."""
    if not db.is_sqlite():
        pytest.skip("PostgreSQL has many writers")
    other = driver.connect(str(db.engine().url.database), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_a_unit_waits_for_another_that_writes(writer: driver.Connection):
    """It goes on as soon as the other one ends."""
    timer = threading.Timer(0.2, writer.execute, ["COMMIT"])
    timer.start()
    with db.writing():
        make_organisation()
    timer.join()
    assert organisations() == 1


def test_something_else_is_done_while_another_writes(writer: driver.Connection):
    """Until there is no more of it, or the turn has come."""
    done = 0

    def meanwhile() -> bool:
        nonlocal done
        done += 1
        if done == 3:
            writer.execute("COMMIT")
        return True

    own = driver.connect(str(db.engine().url.database))
    sqlite.prepare(own)
    sqlite.begin(own, meanwhile)
    assert done == 3
    own.close()


def test_a_unit_does_not_wait_for_ever(writer: driver.Connection, monkeypatch: pytest.MonkeyPatch):
    """After its patience it says that the database is locked, and writes nothing."""
    monkeypatch.setattr(sqlite, "PATIENCE", 0.05)
    with pytest.raises(OperationalError, match="locked"), db.writing():
        make_organisation()
    writer.execute("COMMIT")
    assert organisations() == 0
