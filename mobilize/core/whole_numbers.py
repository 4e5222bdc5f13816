"""A field of a whole number, of a size that a database and a calculation can hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import fields

MOST_DIGITS = 15


class IntegerField(fields.IntegerField):
    """As that of wtforms, whose ``NumberRange`` fails with numbers of hundreds of digits instead of refusing them."""

    data: Any

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Raises ValueError: it is no whole number, or one that nobody can mean."""
        if valuelist and len(str(valuelist[0]).strip()) > MOST_DIGITS:
            self.data = None
            raise ValueError(self.gettext("Not a valid integer value."))
        super().process_formdata(valuelist)
