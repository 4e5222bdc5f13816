"""`make bench`: every bench_*.py of this folder, one after the other; name some to run only those."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

names = sys.argv[1:] or sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
for name in names:
    print(f"\n{name}", flush=True)
    for line in importlib.import_module(f"tests.bench.{name}").main():
        print(line, flush=True)
