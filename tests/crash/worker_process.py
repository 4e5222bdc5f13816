"""A worker in a process of its own, to be killed: drains the bulk stream until it is idle for good.

python -m tests.crash.worker_process <idle passes before it ends> <lease in seconds>
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta

from mobilize.core import feature, startup
from mobilize.core.settings import load
from mobilize.delivery.models import Stream
from mobilize.delivery.sending.worker import Worker, open_transport
from mobilize.features import FEATURES


def main(idle_passes: int, lease: int) -> None:
    """Drain, wait a little, drain again."""
    settings = load(os.environ)
    feature.use(FEATURES)
    startup.connect(settings)
    worker = Worker(open_transport(settings), lease=timedelta(seconds=lease))
    print("ready", flush=True)
    while idle_passes > 0:
        if not worker.drain(Stream.BULK, deadline=time.monotonic() + 20, stop=lambda: False):
            idle_passes -= 1
            time.sleep(0.05)
    worker.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
