"""gunicorn's log: its lines go where ours go, through the scrubber. They can hold paths, and with them tokens."""

from __future__ import annotations

from gunicorn.config import Config
from gunicorn.glogging import Logger


class WebLog(Logger):
    """Hands everything to the root logger, which ``logs.configure`` set up when the application was made."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True
