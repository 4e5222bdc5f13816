"""How long commands take to start, beside a Python that only imports SQLAlchemy and click, in turn.

python -m tests.bench.bench_start
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

BARE = "import sqlalchemy, click"
# Libraries import these where they find them, and they come with the test tools: whoever runs the service has none.
AS_INSTALLED = "import sys\nsys.modules.update(dict.fromkeys(('rich', 'pytz')))\n"
HELP = "from mobilize.cli import main\nmain(['--help'], standalone_mode=False)"
SEND = (
    "from mobilize.cli import main\nfrom mobilize.core import feature\nfrom mobilize.features import FEATURES\n"
    "main(['mailing', 'send', '--help'], standalone_mode=False)\nfeature.load_models(FEATURES)"
)
ROUNDS = 7


def main(rounds: int = ROUNDS) -> Iterator[str]:
    """The lines of the report: medians, and their ratio to a bare start."""
    seconds: dict[str, list[float]] = {BARE: [], HELP: [], SEND: []}
    for code in [*seconds] * rounds:
        seconds[code].append(_seconds(code))
    bare, help_text, send = (sorted(each)[len(each) // 2] for each in seconds.values())
    yield f"mobilize --help          n={rounds} s  p50={help_text:.2f}  {help_text / bare:.2f} bare starts (aim 1.6)"
    yield f"imports of mailing send  n={rounds} s  p50={send:.2f}  {send / bare:.2f} bare starts (aim 3)"


def _seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", AS_INSTALLED + code], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    for line in main():
        print(line, flush=True)
