"""What campaigners type and press about calls to action."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import BooleanField, DateTimeLocalField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import Optional

from mobilize.actions.about import choices
from mobilize.actions.models import CallToAction, Shown
from mobilize.actions.queries import actions, title_of
from mobilize.actions.service import Facts
from mobilize.actions.words import SHOWS
from mobilize.core.edit_forms import EditForm
from mobilize.core.i18n import LEFT_TO_RIGHT, _, current_language, lazy, text_in
from mobilize.core.text_fields import REQUIRED, text_values, texts_beside, with_texts
from mobilize.core.whole_numbers import IntegerField
from mobilize.organisations.queries import Brand
from mobilize.subscribers.queries import lists

TEXTS = ("titles", "addressees", "texts", "asks", "thanks", "shares", "wordings")


class ActionForm(EditForm):
    """A call to action; texts by language are added by ``action_form``."""

    slug = StringField(lazy("Short name"), [Optional()], render_kw=LEFT_TO_RIGHT)
    about = SelectField(
        lazy("What it is about"),
        choices=[],
        description=lazy("When that is over, the petition takes no more signatures, and its page says so."),
    )
    shows = RadioField(
        lazy("What the recipient of the petition sees of each person"),
        choices=[SelectChoice(one.value, label) for one, label in SHOWS.items()],
        description=lazy("It stands above the button and cannot be changed once the petition is published."),
    )
    allows_second_name = BooleanField(
        lazy("A second person may sign with the same email address"),
        description=lazy("For couples who share a mailbox. Needs a name; otherwise one address is one signature."),
    )
    list = SelectField(
        lazy("List that the form offers"),
        choices=[],
        description=lazy("As a box that people tick. Whoever leaves it empty signs all the same."),
    )
    goal = IntegerField(lazy("Goal"), [Optional()], description=lazy("Shown with the number, from ten signatures on."))
    opens_at = DateTimeLocalField(
        lazy("Opens"), [Optional()], description=lazy("Leave it empty to open when you publish it.")
    )
    closes_at = DateTimeLocalField(
        lazy("Closes"), [Optional()], description=lazy("Leave it empty to close it yourself.")
    )
    next = SelectField(lazy("Next step on the thanks page"), choices=[])
    keep_days = IntegerField(
        lazy("Days after closing until who signed is forgotten"),
        [REQUIRED],
        description=lazy("The number stays. Visitors read this on the page."),
    )


def action_form(languages: Sequence[str]) -> type[Any]:
    texts = {
        "titles": (_("Title"), 200),
        "addressees": (_("To whom it is addressed"), 200),
        "texts": (_("Introduction"), 20_000),
        "asks": (_("What people sign"), 4000),
        "thanks": (_("Thanks, after signing"), 2000),
        "shares": (_("Words for telling others"), 600),
        "wordings": (_("What people agree to who tick the box of the list"), 2000),
    }
    return with_texts(ActionForm, languages, texts, required="titles")


def offer(form: Any, house: Brand, row: CallToAction | None) -> None:
    """Fill in what can be chosen."""
    language, default = current_language(), house.default_language
    form.about.choices = [("", _("Nothing in particular")), *choices(house, row.about if row else "")]
    names = [(one.uid, text_in(one.names, language, default)) for one in lists(house.id)]
    form.list.choices = [("", _("No list")), *names]
    others = [one for one in actions(house.id) if row is None or one.id != row.id]
    form.next.choices = [("", _("None")), *((one.uid, title_of(one)) for one in others)]


def stored_action(row: CallToAction | None, house: Brand, languages: Sequence[str]) -> dict[str, Any]:
    """A call as the values of its form's fields, times on the organisation's clock; without one, how it begins."""
    if row is None:
        first = Facts({})
        return {"shows": first.shows.value, "keep_days": first.keep_days}
    values: dict[str, Any] = {
        "about": row.about,
        "shows": row.shows.value,
        "allows_second_name": row.allows_second_name,
        "list": next((one.uid for one in lists(house.id) if one.id == row.list_id), ""),
        "goal": row.goal,
        "opens_at": _wall(row.opens_at, house.timezone),
        "closes_at": _wall(row.closes_at, house.timezone),
        "next": row.next_uid,
        "keep_days": row.keep_days,
    }
    for name in TEXTS:
        values |= text_values(name, getattr(row, name), languages)
    return values


def facts(form: Any, house: Brand, languages: Sequence[str], row: CallToAction | None) -> Facts:
    """What staff typed; texts of ``row`` in languages that the form does not show stay."""
    texts = {name: texts_beside(form, name, languages, getattr(row, name, {})) for name in TEXTS}
    return Facts(
        **texts,
        about=form.about.data or "",
        shows=Shown(form.shows.data),
        allows_second_name=form.allows_second_name.data,
        list_id=next((one.id for one in lists(house.id) if one.uid == form.list.data), None),
        goal=form.goal.data,
        opens_at=_instant(form.opens_at.data, house.timezone),
        closes_at=_instant(form.closes_at.data, house.timezone),
        next_uid=form.next.data or "",
        keep_days=form.keep_days.data or 0,
    )


def _wall(moment: datetime | None, zone: str) -> datetime | None:
    return None if moment is None else moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _instant(wall: datetime | None, zone: str) -> datetime | None:
    return None if wall is None else wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
