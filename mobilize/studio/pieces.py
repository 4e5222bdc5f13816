"""/studio/ui: every piece of the interface on one page, as a reference and for the browser tests to photograph."""

from __future__ import annotations

from flask import Blueprint, render_template
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
from wtforms.validators import InputRequired

from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, _, lazy
from mobilize.core.permissions import signed_in

blueprint = Blueprint("pieces", __name__)

_STATES = ("accepted", "attempting", "deferred", "pending", "unknown", "failed", "suppressed", "revoked")
COUNTS = dict(zip(_STATES, (812, 16, 24, 301, 2, 11, 31, 7), strict=True))
CLICKS = (("1 Mar", 12), ("2 Mar", 148), ("3 Mar", 96), ("4 Mar", 61), ("5 Mar", 33), ("6 Mar", 9), ("7 Mar", 18))
EMBED = '<iframe src="https://example.org/city/subscribe" title="Newsletter"\n  width="640" height="480"></iframe>'

_LANGUAGES = [SelectChoice(code, name) for code, name in LANGUAGES.items()]
_TOPICS = [SelectChoice("news", lazy("Newsletter")), SelectChoice("urgent", lazy("Urgent actions"))]
_TIMES = [SelectChoice("now", lazy("Now")), SelectChoice("at", lazy("Schedule"))]


class SampleForm(Form):
    """One field of each kind."""

    name = StringField(lazy("Name of the mailing"), [InputRequired()], description=lazy("Only your colleagues see it."))
    address = EmailField(lazy("Email address"), [InputRequired()])
    intro = TextAreaField(lazy("First paragraph"))
    language = SelectField(lazy("Language"), choices=_LANGUAGES)
    topics = SelectMultipleField(lazy("Topics"), choices=_TOPICS)
    when = RadioField(lazy("When should it be sent?"), [InputRequired()], choices=_TIMES)
    moment = DateTimeLocalField(lazy("Send on"), [InputRequired()])
    place = StringField(lazy("Place"))
    picture = FileField(lazy("Picture"), description=lazy("Location data is removed from the file."))
    agreed = BooleanField(lazy("I have checked the texts in every language"))
    archive = BooleanField(lazy("Show in the public archive"))


@blueprint.get("/studio/ui")
@signed_in
def show() -> str:
    """Every piece, in the reader's language and theme."""
    filled = {"name": _("December letter"), "topics": ["news"], "when": "at", "archive": True}
    form = SampleForm(formdata=None, data=filled)
    form.address.errors = [_("Enter an email address like name@example.org")]
    return render_template("studio/ui.html", form=form, counts=COUNTS, clicks=CLICKS, embed=EMBED)
