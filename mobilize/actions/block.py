"""The button of a call to action in a mailing: each reader's own link, or kind words where it takes no more acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from wtforms import Form, SelectField, StringField
from wtforms.validators import InputRequired

from mobilize.actions import queries
from mobilize.actions.about import appeal_of
from mobilize.actions.models import ActionState
from mobilize.actions.purposes import ACT
from mobilize.actions.rules import Door
from mobilize.actions.showing import Call, action_url, call_of
from mobilize.appeals.appeal.block import live_of
from mobilize.core.errors import Refused
from mobilize.core.feature import BlockKind, Freezing, Frozen
from mobilize.core.i18n import _, lazy, using
from mobilize.core.json_fields import Fields
from mobilize.delivery.composing.blocks import as_own_link
from mobilize.organisations.queries import brand


@dataclass(frozen=True, slots=True)
class ActionButton:
    """``action`` is a uid; ``text`` stands on the button."""

    kind: ClassVar[str] = "action"
    action: str
    text: str = ""


class ActionButtonForm(Form):
    action = SelectField(lazy("Petition"), [InputRequired()])
    text = StringField(lazy("Words on the button"), description=lazy("Leave it empty for “Sign the petition”."))


def read(fields: Fields) -> ActionButton:
    return ActionButton(fields.line("action", at_most=26, required=True), fields.line("text", at_most=80))


def offer(form: ActionButtonForm, organisation_id: int) -> None:
    """Let the form choose among the organisation's calls, the newest first."""
    found = queries.actions(organisation_id)
    form.action.choices = [(row.uid, queries.title_of(row)) for row in found if row.state is not ActionState.CLOSED]
    chosen = queries.action_by_uid(organisation_id, form.action.data or "")
    if chosen is not None and chosen.state is ActionState.CLOSED:
        form.action.choices.insert(0, (chosen.uid, queries.title_of(chosen)))


def freeze(block: ActionButton, around: Freezing) -> Frozen:
    """Raises Refused: there is no such call for readers."""
    row = queries.action_by_uid(around.organisation_id, block.action)
    if row is None:
        raise Refused("action", _("This petition is gone. Choose another one"))
    if row.state is ActionState.DRAFT:
        raise Refused("action", _("“%(title)s” is still a draft: publish it first", title=queries.title_of(row)))
    appeal = appeal_of(row.about, row.organisation_id)
    with using(around.language):
        call = call_of(row, brand(around.organisation_id))
        if appeal is not None and appeal.outcome is None and not queries.is_approved(row, call.about):
            raise Refused("action", _("“%(title)s” has to be approved with its appeal first", title=call.title))
        live = live_of(appeal) if appeal is not None else {}
        return Frozen(_fields(block, call, around), {row.ref: row.version, **live})


def _fields(block: ActionButton, call: Call, around: Freezing) -> Mapping[str, Any]:
    row, house = call.row, call.house
    if call.door not in (Door.OPEN, Door.NOT_YET, Door.CHECKED):
        page = f"{action_url(row, house)}?lang={around.language}"
        return {"title": call.title, "words": call.why_not, "action": _("The petition’s page"), "page_url": page}
    own = as_own_link(ACT.label, row.id)
    return {"title": call.title, "words": "", "action": block.text or _("Sign the petition"), "act_link": own}


KIND = BlockKind("action", lazy("Petition"), "press", read, ActionButtonForm, freeze, offer=offer)
