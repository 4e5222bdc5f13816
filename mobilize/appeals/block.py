"""A defender as a card: who they are, as far as their consent allows, and the way to their page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from wtforms import Form, SelectField, StringField
from wtforms.validators import InputRequired

from mobilize.appeals import queries, showing
from mobilize.appeals.models import Defender
from mobilize.appeals.pictures import pictures_of
from mobilize.appeals.queries import SOURCE, Details
from mobilize.appeals.rules import Publish
from mobilize.core.errors import NotFound, Refused
from mobilize.core.feature import BlockKind, Freezing, Frozen
from mobilize.core.i18n import _, lazy, using
from mobilize.core.json_fields import Fields
from mobilize.organisations.queries import Brand, brand


@dataclass(frozen=True, slots=True)
class DefenderCard:
    """``defender`` is a uid; ``text`` stands on the button, where there is a public page."""

    kind: ClassVar[str] = "defender"
    defender: str
    text: str = ""


class DefenderCardForm(Form):
    defender = SelectField(lazy("Defender"), [InputRequired()])
    text = StringField(lazy("Words on the button"), description=lazy("Leave it empty for “Read about the case”."))


def read(fields: Fields) -> DefenderCard:
    return DefenderCard(fields.line("defender", at_most=26, required=True), fields.line("text", at_most=80))


def offer(form: Any, organisation_id: int) -> None:
    """Let the form choose among the organisation's defenders, by name, with what keeps mail about them."""
    found = [(row.uid, _label(row)) for row in queries.defenders(organisation_id)]
    form.defender.choices = sorted(found, key=lambda one: one[1].casefold())


def freeze(block: DefenderCard, around: Freezing) -> Frozen:
    """What the newest consent allows to publish. While the gate is closed the mail itself waits.

    Raises:
        Refused: there is no such defender, or nobody agreed that they are named.
    """
    with using(around.language):
        row = defender_shown(block.defender, around.organisation_id)
        house, scope = brand(around.organisation_id), queries.gate_of(row).scope
        details = queries.details_of(row)
        fields = {"title": details.name, **_about(details, house, scope), **_picture(row, house, scope)}
        if url := showing.page_url(row, house):
            fields |= {"url": f"{url}?lang={around.language}", "action": block.text or _("Read about the case")}
    return Frozen(fields, {SOURCE + row.uid: row.version})


def defender_shown(uid: str, organisation_id: int) -> Defender:
    """The defender whom a mail may name.

    Raises:
        Refused: there is no such defender, or nobody agreed that they are named.
    """
    try:
        row = queries.defender_by_uid(organisation_id, uid)
    except NotFound:
        raise Refused("defender", _("This defender is gone. Choose another one")) from None
    if Publish.NAME not in queries.gate_of(row).scope:
        raise Refused("defender", _("No consent allows naming this person. Enter it on their page first"))
    return row


def _about(details: Details, house: Brand, scope: frozenset[Publish]) -> dict[str, str]:
    if Publish.ABOUT not in scope:
        return {}
    return {"country": showing.country(details), "markdown": showing.words_in(details.about, house)}


def _picture(row: Defender, house: Brand, scope: frozenset[Publish]) -> dict[str, str]:
    """The first picture."""
    found = pictures_of(row.id) if Publish.PICTURE in scope else ()
    return {"media": found[0].name, "alt": showing.words_in(found[0].alternatives, house)} if found else {}


def _label(row: Defender) -> str:
    gate, name = queries.gate_of(row), showing.name_of(row)
    if gate.is_open:
        return name
    # Translators: a defender in a list to choose from: the name, and that email about them waits.
    return _("%(name)s (the case is being checked)", name=name)


def _no_urls(_block: object) -> Iterator[tuple[str, str]]:
    """Nobody typed the address of this block."""
    yield from ()


KIND = BlockKind("defender", lazy("Defender"), "person", read, DefenderCardForm, freeze, _no_urls, offer=offer)
