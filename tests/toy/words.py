"""What the trail calls changes of fairs, and why mail about one was stopped."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {"fair.created": lazy("Fair written"), "fair.registered": lazy("Somebody registered for the fair")}
REASONS = {"fair-over": lazy("The fair was over")}
