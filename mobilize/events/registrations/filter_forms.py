"""The filters of the organiser's list. They are sent with GET: they change nothing and can be kept as a bookmark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wtforms import SelectChoice, SelectField

from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, current_language, lazy, text_in
from mobilize.events.registrations.groups import groups_of
from mobilize.events.registrations.listing import Chosen, languages
from mobilize.events.registrations.words import STATE, WHERE
from mobilize.organisations.queries import Brand

ALL = lazy("All")


class FilterForm(Form):
    """Which part of the list is shown; a filter with one choice only is left out of the page."""

    state = SelectField(lazy("State"))
    attendance = SelectField(lazy("Takes part"))
    language = SelectField(lazy("Language"))
    group = SelectField(lazy("Group"))


def filter_form(event_id: int, house: Brand, wanted: Chosen) -> FilterForm:
    """The filters that an event's list has, set to what is shown."""
    form = FilterForm(formdata=None, data=wanted.as_query)
    form.state.choices = _choices({one.value: words for one, words in STATE.items()}.items())
    form.attendance.choices = _choices({one.value: words for one, words in WHERE.items()}.items())
    spoken = languages(event_id)
    form.language.choices = _choices((one, LANGUAGES.get(one, one)) for one in spoken)
    names = _group_names(event_id, house)
    form.group.choices = _choices(names.items())
    if len(spoken) < 2:
        del form.language
    if not names:
        del form.group
    return form


def _group_names(event_id: int, house: Brand) -> Mapping[str, str]:
    language, default = current_language(), house.default_language
    return {one.uid: text_in(one.names, language, default) for one in groups_of(event_id)}


def _choices(named: Iterable[tuple[str, object]]) -> list[SelectChoice]:
    return [SelectChoice("", str(ALL)), *(SelectChoice(value, str(words)) for value, words in named)]
