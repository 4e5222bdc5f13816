"""What is kept until when is told by the features on a page of the studio; in the document: tests/test_in_step.py."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from mobilize import tick
from mobilize.core import clock, db, feature, passing_files
from mobilize.core.feature import Kept
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from mobilize.features import FEATURES
from mobilize.people.erasing import BY_STAFF, begin_erasure, finish_erasures
from tests.staff import COOKIE, sign_in
from tests.subscribers.conftest import PERSON, City, add

LINES: list[Kept] = [line for lines in feature.retention().values() for line in lines]


def test_the_page_tells_every_line(owner: FlaskClient, city: City):
    """Campaigners read it too; viewers do not see people at all."""
    page = owner.get("/studio/city/settings/kept").text
    assert [line.about for line in LINES if str(line.about) not in page or str(line.until) not in page] == []
    with db.writing():
        owner.set_cookie(COOKIE, sign_in(city.brand.id, Role.VIEWER))
    assert owner.get("/studio/city/settings/kept").status_code == 403


def test_every_feature_with_personal_data_says_until_when():
    """Reports hold counts only."""
    assert set(feature.personal_data()) - set(feature.retention()) == {"reports"}


@pytest.mark.parametrize("line", [line for line in LINES if line.step], ids=lambda line: str(line.about))
def test_the_step_that_ends_it_runs_with_the_clock(line: Kept):
    """A promise that no step keeps would be found by nobody else."""
    assert line.step in {step.part for one in FEATURES for step in one.tick_steps}


def test_files_go_after_a_week(command, city: City, amina: int, settings: Settings):
    """Refused lines and exports, which hold addresses; what is younger stays."""
    export = Path(command("person", "export", PERSON, "--org", "city", "--file").stdout.strip())
    assert PERSON in export.read_text()
    assert export.stat().st_mode & 0o777 == 0o600
    assert PERSON not in export.name
    tick.run(clock.now(), settings)
    assert export.exists()
    old = (clock.now() - passing_files.STAY - timedelta(minutes=1)).timestamp()
    os.utime(export, (old, old))
    tick.run(clock.now() + timedelta(seconds=5), settings)
    assert not export.exists()


def test_files_about_an_erased_person_go_at_once(command, bring, city: City, amina: int, settings: Settings):
    """Whoever stands in refused lines is not known: those of the organisation go together."""
    rejects = Path(str(bring(f"email,language\n{PERSON} or so,en\n")["rejects_file"]))
    export = Path(command("person", "export", PERSON, "--org", "city", "--file", "--html").stdout.strip())
    other = add(city, "other@example.net", "news")
    stays = Path(command("person", "export", "other@example.net", "--org", "city", "--file").stdout.strip())
    assert PERSON in rejects.read_text()
    with db.writing():
        begin_erasure(city.brand.id, [amina], BY_STAFF)
    finish_erasures(settings)
    assert (other > 0, rejects.exists(), export.exists(), stays.exists()) == (True, False, False, True)
