"""What a second person approves of a call to action of an appeal."""

from __future__ import annotations

import hashlib
import json

from mobilize.actions.models import CallToAction

BOUND = ("titles", "addressees", "texts", "asks", "thanks", "shares", "wordings")


def fingerprint(row: CallToAction) -> str:
    """Changes with whatever visitors read of the call and with what its target sees; not with its times or state."""
    bound = [row.kind.value, row.shows.value, *(getattr(row, name) for name in BOUND)]
    return hashlib.sha256(json.dumps(bound, sort_keys=True).encode()).hexdigest()
