"""Numbers for Prometheus, read from the database and Redis when asked, so that every web process gives the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from prometheus_client.core import CollectorRegistry, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from redis import RedisError

from mobilize.core import broker, feature
from mobilize.server import readiness

Source = Callable[[datetime], Iterable[Metric]]


def text(now: datetime) -> bytes:
    """Everything in the text format, within a database unit."""
    registry = CollectorRegistry()
    registry.register(_Gathered(now))
    return generate_latest(registry)


class _Gathered(Collector):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        for source in (_parts, _wake_ups, *_of_features()):
            yield from source(self._now)

    def describe(self) -> Iterable[Metric]:
        return []


def _of_features() -> list[Source]:
    """The numbers that features add; none may name a person."""
    return [feature.load(one.metrics) for one in feature.used() if one.metrics]


def _parts(now: datetime) -> Iterator[Metric]:
    found = readiness.look(now)
    up = GaugeMetricFamily("mobilize_part_up", "Whether a part answers (1) or not (0).", labels=["part"])
    up.add_metric(["database"], float(found.database))
    up.add_metric(["redis"], float(found.redis))
    for queue, lives in found.workers.items():
        up.add_metric([f"worker:{queue}"], float(lives))
    yield up
    if found.tick_age is not None:
        yield GaugeMetricFamily(
            "mobilize_tick_age_seconds", "Seconds since the last pass of the clock.", found.tick_age
        )


def _wake_ups(_now: datetime) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("mobilize_wake_ups", "Wake-ups that wait for a worker.", labels=["queue"])
    try:
        for queue in broker.QUEUES:
            waiting.add_metric([queue], float(broker.redis().llen(queue)))
    except RedisError:
        return
    yield waiting
