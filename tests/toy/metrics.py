"""Numbers about fairs for Prometheus; none names anybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select

from mobilize.core.db import session
from tests.toy.models import Fair


def fair_metrics(_now: datetime) -> Iterator[Metric]:
    number = session.scalar(select(func.count(Fair.id)).where(Fair.is_over.is_(False))) or 0
    yield GaugeMetricFamily("mobilize_fairs", "Fairs that are not over.", number)
