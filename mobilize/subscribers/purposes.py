"""What the tokens in subscribers' mail are for. Labels are part of what is signed: they never change."""

from __future__ import annotations

from datetime import timedelta

from mobilize.core.tokens import Purpose

PREFERENCES = Purpose("preferences", timedelta(days=2), path="/p/")
UNDO = Purpose("undo-leaving", timedelta(minutes=15), path="/u/left/")
