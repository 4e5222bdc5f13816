"""Structured logs without a single mail address: whatever is logged, by us or by a library, passes the scrubber."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from mobilize.core import feature
from mobilize.core.tokens import purposes

# Local part, at sign, domain: broad on purpose, a log line loses nothing that it needs.
# It begins where a word does: tried from each letter, a line of a megabyte would take an hour.
_ADDRESS = re.compile(r"(?<![^\s\"'<>(),;:=])[^\s\"'<>(),;:=]+@[^\s\"'<>(),;:=]+")


def scrub(text: str) -> str:
    """``text`` with every mail address and every personal token replaced."""
    return _token_path(feature.used() if feature.in_use() else ()).sub(r"\1[token]", _ADDRESS.sub("[address]", text))


@lru_cache(maxsize=4)
def _token_path(features: Sequence[feature.Feature]) -> re.Pattern[str]:
    """A token where links of these features have it; before any are in use, any word that is as long as one."""
    paths = sorted({purpose.path for purpose in purposes(features).values() if purpose.path}) or ["/"]
    return re.compile(f"({'|'.join(map(re.escape, paths))})[A-Za-z0-9_-]{{16,}}")


def configure(level: int = logging.INFO) -> None:
    """Send structlog and standard logging through one scrubbed formatter to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _scrub_event,
                structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], drop_missing=True),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # A line that cannot be formatted would be printed raw, with whatever it holds.
    logging.raiseExceptions = False


def _scrub_event(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return {
        key: value if isinstance(value, (int, float, bool, type(None))) else scrub(str(value))
        for key, value in event.items()
    }
