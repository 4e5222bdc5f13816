"""Untrusted input of the pages of rules to typed values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from wtforms import (
    BooleanField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from mobilize.audiences.audience import Audience
from mobilize.audiences.models import Segment
from mobilize.audiences.queries import ListChoice
from mobilize.core.errors import Refused
from mobilize.core.feature import Anchor, Anchored
from mobilize.core.i18n import _, current_language, lazy, text_in
from mobilize.core.whole_numbers import IntegerField
from mobilize.mailings.narrowing_form import NarrowingForm
from mobilize.schedules.models import Rule
from mobilize.schedules.offsets import Offset
from mobilize.schedules.service import RuleFacts

_REQUIRED = InputRequired(lazy("Fill this in"))
_MINUTES = {"minutes": 1, "hours": 60}
_DAY = 60 * 24


class RuleForm(NarrowingForm):
    """When something is sent, and to whom."""

    name = StringField(lazy("Name"), [_REQUIRED, Length(max=200)], description=lazy("Only your colleagues see it."))
    amount = IntegerField(lazy("How long"), [InputRequired(lazy("Fill this in")), NumberRange(0, 2000)])
    unit = SelectField(
        lazy("Unit"),
        choices=[
            SelectChoice("days", lazy("days")),
            SelectChoice("hours", lazy("hours")),
            SelectChoice("minutes", lazy("minutes")),
        ],
    )
    side = RadioField(
        lazy("Before or after"),
        choices=[SelectChoice("before", lazy("before")), SelectChoice("after", lazy("after"))],
    )
    moment = SelectField(lazy("Which moment"))
    at_time = TimeField(
        lazy("At what time"),
        [Optional()],
        description=lazy("With days: the local time on that day."),
    )
    people = SelectField(lazy("Who gets it"))
    without = SelectMultipleField(
        lazy("Who does not get it"), description=lazy("Nobody on these lists gets it, whoever is chosen above.")
    )
    late_hours = IntegerField(
        lazy("At most so many hours late"),
        [_REQUIRED, NumberRange(1, 720)],
        description=lazy("If the service was off at the time, it is still sent within these hours, and not after."),
    )
    overtakes = BooleanField(
        lazy("Leaves before newsletters"), description=lazy("It overtakes mailings that are being sent.")
    )

    def offer(
        self, anchor: Anchor, lists: Sequence[ListChoice], segments: Sequence[Segment], default_language: str
    ) -> None:
        """Fill in what the thing's kind and the organisation offer; what offers nothing has no field."""
        self.moment.choices = [SelectChoice(name, words) for name, words in anchor.moments.items()]
        groups = [SelectChoice(f"group:{name}", group.label) for name, group in anchor.groups.items()]
        names = {one.id: text_in(dict(one.names), current_language(), default_language) for one in lists}
        self.people.choices = [*groups, *(SelectChoice(f"list:{one}", name) for one, name in names.items())]
        if names:
            self.without.choices = [SelectChoice(str(one), name) for one, name in names.items()]
        else:
            del self.without
        self.offer_segments(segments)

    def facts(self, organisation_id: int, thing: Anchored) -> RuleFacts:
        """What was chosen.

        Raises:
            Refused: days without the time of day.
        """
        return RuleFacts(
            name=self.name.data,
            moment=self.moment.data,
            offset=self._offset(),
            to_whom=self._to_whom(organisation_id, thing),
            lateness=self.late_hours.data * 60,
            is_urgent=self.overtakes.data,
        )

    def _offset(self) -> Offset:
        sign = -1 if self.side.data == "before" else 1
        if self.unit.data == "days":
            if self.at_time.data is None:
                raise Refused("at_time", _("Fill this in"))
            return Offset(days=sign * self.amount.data, at_time=self.at_time.data)
        if self.at_time.data is not None:
            raise Refused("at_time", _("Leave this empty, or count in days"))
        return Offset(minutes=sign * self.amount.data * _MINUTES[self.unit.data])

    def _to_whom(self, organisation_id: int, thing: Anchored) -> Audience:
        kind, _colon, name = self.people.data.partition(":")
        lists = [int(name)] if kind == "list" else []
        narrowed = Audience.of(
            organisation_id, lists, self._ids("without"), self.chosen_segments, self.chosen_without_segments
        )
        return replace(narrowed, group="" if lists else f"{thing.ref}:{name}", ended_by=self.chosen_act)


def stored_rule(rule: Rule, to_whom: Audience) -> dict[str, Any]:
    """A rule as the values of its form's fields."""
    offset = rule.offset
    group = to_whom.group.rpartition(":")[2]
    values = {
        "name": rule.name,
        "moment": rule.moment,
        "side": "before"
        if offset.minutes < 0 or offset.days < 0 or (not offset.needs_time and not offset.days)
        else "after",
        "people": f"group:{group}" if group else f"list:{to_whom.lists[0]}" if to_whom.lists else "",
        "without": [str(one) for one in to_whom.without],
        "segments": [str(one) for one in to_whom.segments],
        "without_segments": [str(one) for one in to_whom.without_segments],
        "ended_by": to_whom.ended_by,
        "late_hours": max(1, rule.lateness // 60),
        "overtakes": rule.is_urgent,
    }
    if not offset.needs_time:
        return {**values, "unit": "days", "amount": abs(offset.days), "at_time": offset.at_time}
    unit = "hours" if offset.minutes % 60 == 0 else "minutes"
    return {**values, "unit": unit, "amount": abs(offset.minutes) // _MINUTES[unit], "at_time": None}
