"""A line across."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wtforms import Form

from mobilize.core.feature import BlockKind
from mobilize.core.i18n import lazy
from mobilize.core.json_fields import Fields
from mobilize.mailings.blocks import as_typed


@dataclass(frozen=True, slots=True)
class Divider:
    kind: ClassVar[str] = "divider"


class DividerForm(Form):
    """Nothing to fill in."""


def read(_fields: Fields) -> Divider:
    return Divider()


KIND = BlockKind("divider", lazy("Divider"), "divider", read, DividerForm, as_typed)
