"""What the tokens in mail about fairs are for."""

from __future__ import annotations

from datetime import timedelta

from mobilize.core.tokens import Purpose

CONFIRM = Purpose("fair-confirm", timedelta(days=7), path="/fair/", role="fair-guest")
