"""What visitors' pages and mails say of a call to action, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from mobilize.actions.about import About, about
from mobilize.actions.models import ActionState, CallToAction
from mobilize.actions.queries import action_by_uid, count_acts, door_with
from mobilize.actions.rules import Door, shown_count
from mobilize.actions.words import SEEN, WHY_NOT
from mobilize.core.i18n import _, current_language, show_datetime, text_in
from mobilize.core.links import organisation_url
from mobilize.delivery.composing import markdown
from mobilize.organisations.queries import Brand
from mobilize.visitors.language import with_language


@dataclass(frozen=True)
class Call:
    """A call as its public pages show it."""

    row: CallToAction
    house: Brand
    about: About | None
    door: Door

    @property
    def path(self) -> str:
        return f"/{self.house.slug}/act/{self.row.slug}"

    @property
    def title(self) -> str:
        """Of a case that ended badly neither the ask nor the name stands anywhere any more."""
        return _("This petition has ended") if self.is_grave else self.words("titles")

    @property
    def about_title(self) -> str:
        """What its link to what it is about says."""
        title = self.about.title if self.about else ""
        return _("Read what became of it") if self.is_grave else title

    @property
    def is_open(self) -> bool:
        return self.door is Door.OPEN

    @property
    def is_grave(self) -> bool:
        """Nothing is asked, counted or shared any more."""
        return self.door is Door.GRAVE

    @property
    def seen(self) -> str:
        """What the target sees of the person."""
        return str(SEEN[self.row.shows])

    @property
    def list_words(self) -> str:
        """What stands beside the box for mail; empty where no list is offered."""
        return self.words("wordings") if self.row.list_id is not None else ""

    @property
    def kept(self) -> str:
        """How long it is known who acted."""
        return _(
            "Who signed is forgotten %(days)d days after the petition closes; the number stays.",
            days=self.row.keep_days,
        )

    @property
    def share_text(self) -> str:
        """Words to send to others, with the address of the page."""
        url = f"{action_url(self.row, self.house)}?lang={current_language()}"
        return "\n".join(part for part in (self.words("shares") or self.title, url) if part)

    @property
    def count(self) -> int | None:
        """The public number of acts; None while it is small, and where nothing is counted any more."""
        return None if self.is_grave else shown_count(count_acts(self.row.id))

    @property
    def why_not(self) -> str:
        """What stands in place of the form; empty while the call is open."""
        if self.door is Door.NOT_YET and self.row.opens_at is not None:
            return _("Signing opens on %(when)s.", when=show_datetime(self.row.opens_at, self.house.timezone))
        return str(WHY_NOT.get(self.door, ""))

    def words(self, name: str) -> str:
        texts: Mapping[str, str] = getattr(self.row, name)
        return text_in(dict(texts), current_language(), self.house.default_language)

    def html(self, name: str) -> Markup:
        return markdown.to_html(markdown.parse(self.words(name), str))

    def next(self) -> Call | None:
        """The next call, if there is one that is open."""
        found = action_by_uid(self.house.id, self.row.next_uid) if self.row.next_uid else None
        following = call_of(found, self.house) if found is not None and found.state is not ActionState.DRAFT else None
        return following if following is not None and following.is_open else None

    @property
    def own_path(self) -> str:
        return with_language(self.path)


def call_of(row: CallToAction, house: Brand) -> Call:
    """The call with how things stand with what it is about."""
    found = about(row.about, house) if row.about else None
    return Call(row, house, found, door_with(row, found))


def action_url(row: CallToAction, house: Brand) -> str:
    return organisation_url(house.slug, f"/act/{row.slug}")
