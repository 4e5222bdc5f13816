"""What campaigners type and press in the studio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    EmailField,
    FileField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from mobilize.audiences.audience import Audience
from mobilize.audiences.queries import ListChoice
from mobilize.core.edit_forms import EditForm
from mobilize.core.errors import Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, current_language, lazy, ngettext, text_in
from mobilize.mailings.checks import language_name
from mobilize.mailings.content import MAX_PREHEADER, MAX_SUBJECT, MailingText
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.narrowing_form import NarrowingForm

HOLD_SECONDS = 60
_REQUIRED = InputRequired(lazy("Fill this in"))


def _lists() -> SelectMultipleField:
    return SelectMultipleField(
        lazy("Who gets it"), description=lazy("A person on several of these lists gets one copy.")
    )


def _without() -> SelectMultipleField:
    return SelectMultipleField(
        lazy("Who does not get it"),
        description=lazy("Nobody on these lists gets it, even if they are on one of those above."),
    )


class ContentForm(EditForm):
    """A content file, uploaded or pasted; an uploaded one wins."""

    file = FileField(lazy("Content file"), description=lazy("A JSON file with the texts in every language."))
    content = TextAreaField(lazy("Or paste its text"), render_kw={"spellcheck": "false", "rows": 16})

    def text(self) -> MailingText | None:
        """The mailing in it; ``None`` after its refusal was put beside the field."""
        try:
            upload = self.file.data.read() if self.file.data else b""
            return parse_content_file(upload or self.content.data or "")
        except Refused as refusal:
            self.refuse(refusal)
            return None

    def refuse(self, refusal: Refused) -> None:
        """A place inside the file belongs beside the text, place included."""
        if refusal.field in self._fields and refusal.field != "content":
            super().refuse(refusal)
        else:
            words = refusal.message if refusal.field == "content" else str(refusal)
            self.content.errors = [*self.content.errors, words]


class NewForm(ContentForm):
    """``title`` wins over the name in the file."""

    title = StringField(
        lazy("Name of the mailing"), [Length(max=200)], description=lazy("Only your colleagues see it.")
    )
    lists = _lists()

    def text(self) -> MailingText | None:
        found = super().text()
        return replace(found, name=self.title.data) if found and self.title.data else found

    def offer_lists(self, choices: Sequence[ListChoice], default_language: str) -> None:
        self.lists.choices = _choices(choices, default_language)


class AudienceForm(NarrowingForm):
    name = StringField(
        lazy("Name of the mailing"), [_REQUIRED, Length(max=200)], description=lazy("Only your colleagues see it.")
    )
    lists = _lists()
    without = _without()
    sender_name = StringField(
        lazy("Sender's name"),
        [Length(max=200)],
        description=lazy("Leave it empty to use the organisation's own, in the language of each email."),
    )
    sender_address = EmailField(lazy("Sender's address"), [_REQUIRED, Length(max=254)])
    default_language = SelectField(
        lazy("Language for other readers"),
        description=lazy("People whose own language this mailing does not have get this one."),
    )

    def offer_lists(self, choices: Sequence[ListChoice], default_language: str) -> None:
        self.lists.choices = self.without.choices = _choices(choices, default_language)

    def offer_languages(self, tags: Sequence[str]) -> None:
        self.default_language.choices = [SelectChoice(tag, language_name(tag)) for tag in tags]

    def to_whom(self, organisation_id: int) -> Audience:
        found = Audience.of(
            organisation_id,
            map(int, self.lists.data),
            map(int, self.without.data),
            self.chosen_segments,
            self.chosen_without_segments,
        )
        return replace(found, ended_by=self.chosen_act)


class WordsForm(EditForm):
    """Subject and preheader of one language."""

    subject = StringField(lazy("Subject"), [_REQUIRED, Length(max=MAX_SUBJECT)])
    preheader = StringField(
        lazy("Preheader"),
        [Length(max=MAX_PREHEADER)],
        description=lazy("What an inbox shows beside the subject."),
    )


class SendForm(EditForm):
    when = RadioField(
        lazy("When should it be sent?"),
        [_REQUIRED],
        choices=[SelectChoice("now", lazy("Now")), SelectChoice("at", lazy("Schedule"))],
    )
    at = DateTimeLocalField(lazy("Send on"), [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
    hold = BooleanField(
        lazy("Wait one minute before sending"),
        default=True,
        description=lazy("During this minute you can take it back, and nobody has it yet."),
    )

    def local_moment(self) -> datetime | None:
        """What was chosen as a clock reading (naive), ``None`` for now.

        Raises:
            Refused: a time was chosen but not filled in.
        """
        if self.when.data == "now":
            return None
        if self.at.data is None:
            raise Refused("at", _("Fill this in"))
        moment: datetime = self.at.data
        return moment


class TrialForm(Form):
    """A test of a mailing: in which language, and written to whom."""

    language = SelectField(lazy("Language"))
    first_name = StringField(
        lazy("First name of the reader"),
        [Length(max=100)],
        description=lazy("Leave the names empty to see what people get who gave none."),
    )
    last_name = StringField(lazy("Last name of the reader"), [Length(max=100)])

    def offer_languages(self, tags: Sequence[str]) -> None:
        self.language.choices = [SelectChoice(tag, language_name(tag)) for tag in tags]


def _choices(choices: Sequence[ListChoice], default_language: str) -> list[SelectChoice]:
    """Lists as checkboxes, with the people on each."""
    return [SelectChoice(str(choice.id), _choice(choice, default_language)) for choice in choices]


def _choice(choice: ListChoice, default_language: str) -> str:
    name = text_in(dict(choice.names), current_language(), default_language)
    return _("%(list)s: %(people)s", list=name, people=ngettext("%(num)s person", "%(num)s people", choice.people))
