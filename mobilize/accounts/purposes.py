"""What the tokens in mail about accounts are for. Labels are part of what is signed: they never change."""

from __future__ import annotations

from datetime import timedelta

from mobilize.core.tokens import Purpose

INVITATION = Purpose("invitation", timedelta(days=7), path="/studio/invitation/")
RESET = Purpose("reset", timedelta(hours=2), path="/studio/reset/")
