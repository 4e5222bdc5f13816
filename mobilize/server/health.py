"""For machines that watch: /healthz (this process answers), /readyz (all parts do), /metrics (numbers, no names)."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from mobilize.core import clock
from mobilize.core.clients import is_on_this_machine
from mobilize.core.errors import NotFound
from mobilize.core.permissions import public
from mobilize.core.settings import Settings
from mobilize.server import metrics, readiness

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """200 as long as the web server runs; asks nothing else."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """200 when all parts are there, else 503; who may read the metrics is told what is ``missing``."""
    found = readiness.look(clock.now())
    parts = {
        "missing": found.missing,
        "database": found.database,
        "redis": found.redis,
        "workers": found.workers,
        "tick_age_seconds": found.tick_age,
    }
    told = parts if _may_read_metrics(current_app.config["SETTINGS"]) else {}
    return jsonify(ready=not found.missing, **told), 503 if found.missing else 200


@blueprint.get("/metrics")
@public
def prometheus() -> Response:
    """The Prometheus text format; 404 without the token, or, where none is set, from beyond this machine."""
    if not _may_read_metrics(current_app.config["SETTINGS"]):
        raise NotFound("page")
    return Response(metrics.text(clock.now()), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(settings: Settings) -> bool:
    if settings.metrics_token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.metrics_token}".encode())
    return settings.is_loopback and is_on_this_machine()
