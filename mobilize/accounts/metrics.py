"""Numbers of refusals for ``/metrics``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, Metric
from redis import RedisError

from mobilize.core import security_events


def security_metrics(_now: datetime) -> Iterator[Metric]:
    """Source of ``/metrics``; nothing while Redis is away."""
    counted = CounterMetricFamily("mobilize_security_events", "Refusals since Redis began.", labels=["event"])
    try:
        for event, number in security_events.counts().items():
            counted.add_metric([event], number)
    except RedisError:
        return
    yield counted
