"""What the activity log calls changes of campaigns."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "campaign.changed": lazy("Campaign changed"),
    "campaign.created": lazy("Campaign made"),
    "campaign.deleted": lazy("Draft of a campaign deleted"),
    "campaign.item": lazy("Something added to a campaign"),
    "campaign.published": lazy("Campaign published"),
}
