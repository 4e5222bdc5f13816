"""An appeal as a card: whom it is for, what happened, what is asked until when, and the way to its page.

A closed appeal shows how it ended in place of every ask; the words of its button are its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from wtforms import Form, SelectField, StringField
from wtforms.validators import InputRequired

from mobilize.appeals.appeal import queries, showing
from mobilize.appeals.appeal.gates import may_name
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import PUBLIC, Words
from mobilize.appeals.appeal.showing import Standing
from mobilize.core.errors import NotFound, Refused
from mobilize.core.feature import BlockKind, Freezing, Frozen
from mobilize.core.i18n import _, lazy, using
from mobilize.core.json_fields import Fields
from mobilize.organisations.queries import Brand, brand

MOST_OFFERED = 100
FURTHER = "further"


@dataclass(frozen=True, slots=True)
class AppealCard:
    """``appeal`` is a uid; ``text`` stands on the button while the appeal asks people to act.

    ``shows`` is ``FURTHER`` where the newest further information stands in place of what happened.
    """

    kind: ClassVar[str] = "appeal"
    appeal: str
    text: str = ""
    shows: str = ""


class AppealCardForm(Form):
    appeal = SelectField(lazy("Appeal"), [InputRequired()])
    shows = SelectField(
        lazy("What it shows"),
        choices=[("", lazy("What happened")), (FURTHER, lazy("The newest further information"))],
    )
    text = StringField(lazy("Words on the button"), description=lazy("Leave it empty for “Read the appeal and act”."))


def read(fields: Fields) -> AppealCard:
    """Raises Refused: names the field."""
    shows = fields.line("shows", at_most=10)
    if shows not in ("", FURTHER):
        raise Refused(fields.place("shows"), _("Choose one of those that are offered"))
    return AppealCard(fields.line("appeal", at_most=26, required=True), fields.line("text", at_most=80), shows)


def offer(form: Any, organisation_id: int) -> None:
    """Let the form choose among the organisation's appeals, the newest first; a draft says that it is one."""
    form.appeal.choices = [(row.uid, _label(row)) for row in queries.appeals(organisation_id)[:MOST_OFFERED]]


def freeze(block: AppealCard, around: Freezing) -> Frozen:
    """Raises Refused: there is no such appeal for readers, or one of its calls to action was not approved as it is."""
    with using(around.language):
        row = appeal_shown(block.appeal, around)
        house, words = brand(around.organisation_id), queries.published_of(row)
        may = showing.standing_in_mail(row, around.now)
        fields = _fields(row, words, may, house, block.text)
        if block.shows == FURTHER and row.outcome is None:
            fields |= _further(row, house)
        fields["url"] = f"{showing.appeal_url(row, house)}?lang={around.language}"
    return Frozen(fields, live_of(row))


def appeal_shown(uid: str, around: Freezing) -> Appeal:
    """The public appeal of a block.

    Raises:
        Refused: see ``freeze``.
    """
    try:
        row = queries.appeal_by_uid(around.organisation_id, uid)
    except NotFound:
        raise Refused("appeal", _("This appeal is gone. Choose another one")) from None
    if row.state not in PUBLIC:
        raise Refused(
            "appeal", _("“%(title)s” is not published: an appeal is approved first", title=queries.title_of(row))
        )
    if not may_name(row):
        raise Refused("appeal", _("No consent allows naming this person. Enter it on their page first"))
    if row.outcome is None and not queries.additions_are_approved(row, brand(row.organisation_id)):
        raise Refused(
            "appeal", _("A call to action of “%(title)s” changed: approve it again", title=queries.title_of(row))
        )
    return row


def live_of(row: Appeal) -> Mapping[str, int]:
    """What a frozen block names as its sources: the appeal, and each person it is for, whose gate holds the mailing."""
    people = {f"defender:{one.uid}": one.version for one in queries.defenders_of(row)}
    return {f"appeal:{row.uid}": row.version, **people}


def _fields(row: Appeal, words: Words, may: Standing, house: Brand, button: str) -> dict[str, Any]:
    reference = queries.reference_of(row)
    title = showing.title(row, words, may, house)
    fields: dict[str, Any] = {"reference": reference, "title": title, "action": _("Read more")}
    if may.banner:
        fields |= {"status": may.banner.title, "note": may.banner.text}
    if not may.tells:
        return fields
    fields["names"] = showing.show_names(row)
    fields["markdown"] = showing.text(words.news if row.outcome and words.news else words.happened, house)
    if may.asks:
        fields["action"] = button or _("Read the appeal and act")
        fields["items"] = [{"text": line} for line in showing.lines(words.demands, house)]
        if row.act_until:
            fields["until"] = _("Act until %(day)s", day=showing.show_act_until(row))
    return fields


def _further(row: Appeal, house: Brand) -> dict[str, Any]:
    """Raises Refused: nothing has been published about it since."""
    found = queries.furthers_of(row)
    if not found:
        raise Refused("shows", _("There is no further information about this appeal yet"))
    newest = found[0]
    return {
        "reference": queries.further_reference(row, newest.number),
        "markdown": showing.text(newest.texts, house),
    }


def _label(row: Appeal) -> str:
    # Translators: an appeal in a list to choose from: its title, and its number or state.
    return _(
        "%(title)s (%(state)s)", title=queries.title_of(row), state=queries.reference_of(row) or showing.show_state(row)
    )


def _no_urls(_block: object) -> Iterator[tuple[str, str]]:
    yield from ()


KIND = BlockKind("appeal", lazy("Appeal"), "needs", read, AppealCardForm, freeze, _no_urls, offer=offer)
