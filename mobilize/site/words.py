"""What the trail calls changes of the public archive."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "mailing.archived": lazy("Mailing shown in the public archive"),
    "mailing.withdrawn": lazy("Mailing taken out of the public archive"),
}
