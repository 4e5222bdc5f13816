"""What pages and mail say of an appeal, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from mobilize.appeals.appeal import queries, rules
from mobilize.appeals.appeal.gates import is_checked_now, may_name, may_tell_when_closed
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import GOOD_NEWS, SILENT, Outcome, Texts, Words
from mobilize.appeals.appeal.words import CONCERNS, OUTCOMES, STATES, TONES
from mobilize.appeals.queries import details_of
from mobilize.appeals.showing import isolated
from mobilize.core.i18n import _, current_language, lazy, show_date, show_language, show_list, text_in, using
from mobilize.core.links import organisation_url
from mobilize.delivery.composing import markdown
from mobilize.organisations.queries import Brand


@dataclass(frozen=True)
class Banner:
    """What stands above an appeal's own text: ``tone`` is one of ``templates/ui/card.html``."""

    tone: str
    title: str
    text: str


@dataclass(frozen=True)
class Standing:
    """What may stand on a page or in a mail about an appeal at a moment."""

    asks: bool
    """People are asked to act: calls to action, demands, points to raise."""
    tells: bool
    """Its text is shown."""
    shares: bool
    """A counter, a way to share it."""
    banner: Banner | None


def standing(row: Appeal, now: datetime) -> Standing:
    """What a page may show of a public appeal now."""
    if row.outcome is not None:
        return _when_closed(row.outcome, may_tell=may_tell_when_closed(row))
    if is_checked_now(row) or not may_name(row):
        title, text = _("This case is being checked."), _("Until that is done, we ask nobody to act.")
        return Standing(asks=False, tells=False, shares=False, banner=Banner("needs", title, text))
    return standing_in_mail(row, now)


def standing_in_mail(row: Appeal, now: datetime) -> Standing:
    """The same for mail, which the gate holds back instead: what is held goes out as it is once the gate opens."""
    if row.outcome is not None:
        return _when_closed(row.outcome, may_tell=True)
    if rules.is_over(row.act_until, row.timezone, now):
        return Standing(asks=False, tells=True, shares=True, banner=Banner("draft", _("The time to act is over."), ""))
    return Standing(asks=True, tells=True, shares=True, banner=None)


def _when_closed(outcome: Outcome, *, may_tell: bool) -> Standing:
    tells = may_tell and outcome is not Outcome.STOPPED
    return Standing(asks=False, tells=tells, shares=tells and outcome not in SILENT, banner=_ended(outcome))


def _ended(outcome: Outcome) -> Banner:
    if outcome in GOOD_NEWS:
        title = _("Good news: released.") if outcome is Outcome.RELEASED else _("Good news: the situation improved.")
        return Banner("done", title, _("This appeal is closed. Thank you to everybody who acted."))
    words = {
        Outcome.RELEASED_WITH_CONDITIONS: _("Released, with conditions that restrict the person’s freedom."),
        Outcome.NO_CHANGE: _("This appeal is closed. The situation has not changed."),
        Outcome.WORSE: _("This appeal is closed. The situation has become worse."),
        Outcome.DIED: _("We have learned of a death. This appeal is closed."),
        Outcome.STOPPED: _("This appeal was stopped at the wish of the person or their family."),
    }
    text = _("This appeal is closed.") if outcome is Outcome.RELEASED_WITH_CONDITIONS else ""
    return Banner("draft", words[outcome], text)


def title(row: Appeal, words: Words, may: Standing, house: Brand) -> str:
    """What stands above it: its title often asks, so that where nothing may ask any more the names stand instead."""
    if not may.tells:
        return queries.reference_of(row)
    return show_names(row) if row.outcome in SILENT else text(words.titles, house)


def public_title(row: Appeal, house: Brand, now: datetime) -> str:
    """What a public appeal is called by visitors' pages."""
    return title(row, queries.published_of(row), standing(row, now), house)


def show_state(row: Appeal) -> str:
    """Its state, or how it ended."""
    return str(OUTCOMES[row.outcome] if row.outcome else STATES[row.state])


def tone(row: Appeal) -> str:
    return "draft" if row.outcome and row.outcome not in GOOD_NEWS else TONES[row.state]


def show_concern(words: Words) -> str:
    return str(CONCERNS[words.concern])


def names(row: Appeal) -> list[str]:
    """Whom it is for."""
    return [details_of(one).name for one in queries.defenders_of(row)]


def show_names(row: Appeal) -> str:
    return show_list(names(row))


def names_on_page(row: Appeal) -> str:
    """The same where each name may run in another direction than the sentence; no header of a mail may hold this."""
    return show_list(isolated(name) for name in names(row))


def text(texts: Texts, house: Brand) -> str:
    """A text in the reader's language."""
    return text_in(dict(texts), current_language(), house.default_language)


def lines(texts: Texts, house: Brand) -> Sequence[str]:
    """A text with one thing a line."""
    return [line for line in text(texts, house).splitlines() if line.strip()]


def html(texts: Texts, house: Brand) -> Markup:
    """A Markdown text in the reader's language."""
    return markdown.to_html(markdown.parse(text(texts, house), str))


def show_act_until(row: Appeal) -> str:
    """The last day to act, of what is public."""
    return show_date(row.act_until) if row.act_until else ""


def show_last_day(words: Words) -> str:
    """The last day to act, of a draft."""
    return show_date(words.last_day) if words.last_day else ""


def show_languages(words: Words) -> str:
    """The languages to write in, by their names."""
    return show_list(show_language(tag) for tag in words.languages)


@dataclass(frozen=True)
class Said:
    """An appeal in one language: its title, and its texts under their headings."""

    title: str
    parts: Sequence[tuple[str, Markup]]


_HEADINGS = {
    "news": lazy("What happened in the end"),
    "further": lazy("Further information"),
    "happened": lazy("What happened"),
    "demands": lazy("What we ask for"),
    "points": lazy("Points to raise in your own words"),
    "copies": lazy("Send copies to"),
    "background": lazy("Background"),
    "afterwards": lazy("What to do after the last day"),
}


def speaking(language: str, words: Words) -> Said:
    """What is written in this language and nothing else; headings are in it, too."""
    with using(language):
        parts = [
            (str(heading), _written(name, getattr(words, name)[language]))
            for name, heading in _HEADINGS.items()
            if language in getattr(words, name)
        ]
    return Said(words.titles[language], parts)


def _written(name: str, text: str) -> Markup:
    if name in ("demands", "copies"):
        items = Markup().join(Markup("<li>{}</li>").format(line) for line in text.splitlines())
        return Markup("<ul>{}</ul>").format(items)
    return markdown.to_html(markdown.parse(text, str))


def appeal_url(row: Appeal, house: Brand) -> str:
    return organisation_url(house.slug, f"/appeals/{row.slug}")
