"""What the trail calls changes of pictures and documents."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {"picture.added": lazy("Picture added"), "document.added": lazy("Document added")}
