"""What the tokens in mail about registrations are for. Labels are part of what is signed: they never change."""

from __future__ import annotations

from datetime import timedelta

from mobilize.core.tokens import Purpose

CONFIRM = Purpose("registration-confirm", timedelta(days=7), path="/r/", role="registering")
OWN = Purpose("registration-own", path="/g/", role="registrant")
"""Shows which event it is for and can leave it; it shows and changes nothing of the person."""
CHANGE = Purpose("registration-change", timedelta(days=2), path="/g/change/")
"""Mailed when somebody asks for it; shows and changes what they registered with."""
