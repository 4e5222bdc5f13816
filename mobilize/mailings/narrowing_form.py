"""What narrows the people of a mailing or of a rule, on the form of either: segments, and who has acted already."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import SelectChoice, SelectField, SelectMultipleField

from mobilize.audiences.models import Segment
from mobilize.core.edit_forms import EditForm
from mobilize.core.i18n import _, lazy


class NarrowingForm(EditForm):
    """Fields of which nothing is offered are taken away."""

    segments = SelectMultipleField(
        lazy("Only for these segments"),
        description=lazy("Of the people chosen above, only those in one of these segments get it."),
    )
    without_segments = SelectMultipleField(
        lazy("Not for these segments"), description=lazy("Nobody in one of these segments gets it.")
    )
    ended_by = SelectField(
        lazy("Not for those who have signed"),
        description=lazy(
            "Nobody who has signed gets it. Whoever signs while it is being sent gets none, if theirs has not left yet."
        ),
    )

    @property
    def chosen_segments(self) -> list[int]:
        return self._ids("segments")

    @property
    def chosen_without_segments(self) -> list[int]:
        return self._ids("without_segments")

    @property
    def chosen_act(self) -> str:
        """The act (``kind:uid``) that ends it; empty for none."""
        return (self.ended_by.data or "") if "ended_by" in self else ""

    def offer_segments(self, rows: Sequence[Segment]) -> None:
        """Without segments there is nothing to choose, and no field."""
        if not rows:
            del self.segments, self.without_segments
        else:
            offered = [SelectChoice(str(row.id), row.name) for row in rows]
            self.segments.choices = self.without_segments.choices = offered

    def offer_acts(self, acts: Sequence[tuple[str, str]], chosen: str) -> None:
        """Acts as (ref, words), and the one that was ``chosen`` before; without petitions there is no field."""
        offered = [SelectChoice(ref, words) for ref, words in acts]
        if chosen and chosen not in dict(acts):
            offered.append(SelectChoice(chosen, _("A petition that is closed")))
        if not offered:
            del self.ended_by
        else:
            self.ended_by.choices = [SelectChoice("", _("Everybody, signed or not")), *offered]

    def _ids(self, name: str) -> list[int]:
        """The ids chosen in a field that may have been taken away."""
        return [int(one) for one in self[name].data or ()] if name in self else []
