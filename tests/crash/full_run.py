"""`make crash`: the whole ordeal, on SQLite and on PostgreSQL; name one to run only that.

10,000 people; all workers are killed 20 times, Redis 5 times, PostgreSQL 3 times.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.crash.judgement import tried
from tests.crash.ordeal import FULL

for name in sys.argv[1:] or ("sqlite", "postgresql"):
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        print(f"\n{name}", flush=True)
        for line in tried(Path(folder) / "var", FULL, postgresql=name == "postgresql").lines():
            print(line, flush=True)
