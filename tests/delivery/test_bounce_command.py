"""``mobilize bounces --read``: one mail a file, for pipes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mobilize.cli import main
from mobilize.core.settings import Settings
from tests.delivery.engine_world import World, make_world
from tests.delivery.returned_mail import AWAY, COMPLAINT, HARD, counted, mail, sent_mailing, suppressions


@pytest.fixture
def world(installation: Settings) -> World:
    return make_world(people=2)


def run(settings: Settings, *words: str, stdin: bytes = b"", **environ: str) -> Result:
    values = {
        "MOBILIZE_DATA_DIR": str(settings.data_dir),
        "MOBILIZE_DATABASE_URL": settings.database_url,
        "MOBILIZE_REDIS_URL": settings.redis_url,
        **environ,
    }
    return CliRunner().invoke(main, ["bounces", *words], input=stdin, env=values)


def test_files_are_read(world: World, installation: Settings, tmp_path: Path) -> None:
    """Each is one mail to the address that is given."""
    _message_id, paths = sent_mailing(world)
    files = []
    for name in (HARD, AWAY):
        files.append(str(tmp_path / name))
        (tmp_path / name).write_bytes(mail(name))
    assert run(installation, "--read", "--to", paths[0], *files).exit_code == 0
    assert suppressions() == ["hard-bounce"]
    assert counted() == {"hard": 1, "automatic": 1}


def test_standard_input_is_read(world: World, installation: Settings) -> None:
    """A pipe from the mail server; without an address only a complaint that carries our token counts."""
    _message_id, paths = sent_mailing(world)
    ours = mail(COMPLAINT).replace(b"bounces+aeaq2mzd@example.org", paths[0].encode())
    assert run(installation, "--read", "-", stdin=ours).exit_code == 0
    assert run(installation, "--read", "-", stdin=mail(HARD)).exit_code == 0
    assert suppressions() == ["complaint"]
    assert counted() == {"complaint": 1, "forged": 1}


def test_a_pipe_keeps_its_mail_while_the_database_is_away(world: World, installation: Settings) -> None:
    """75 is EX_TEMPFAIL (sysexits.h): Postfix and maildrop try again."""
    away = "postgresql://nobody@127.0.0.1:1/nowhere"
    found = run(installation, "--read", "-", stdin=mail(HARD), MOBILIZE_DATABASE_URL=away)
    assert found.exit_code == 75


@pytest.mark.parametrize("words", [[], ["--read"], ["--listen", "nowhere"], ["--listen", "127.0.0.1:1", "--read"]])
def test_what_makes_no_sense_is_refused(world: World, installation: Settings, words: list[str]) -> None:
    """With one line that names it."""
    found = run(installation, *words)
    assert found.exit_code == 1
    assert found.stderr.startswith("error: ")
