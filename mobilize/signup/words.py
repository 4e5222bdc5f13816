"""What the trail calls changes of sign-up forms."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "form.changed": lazy("Sign-up form changed"),
    "form.created": lazy("Sign-up form made"),
}
