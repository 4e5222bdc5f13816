"""What the tokens in mail about a sign-up are for. Labels are part of what is signed: they never change."""

from __future__ import annotations

from datetime import timedelta

from mobilize.core.tokens import Purpose

CONFIRM = Purpose("confirm", timedelta(days=7), path="/c/")
