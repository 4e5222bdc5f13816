"""What visitors see of events: the list, the month, a page, and the same in calendars."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from mobilize.campaigns.models import Campaign
from mobilize.campaigns.queries import campaign_of
from mobilize.core import clock
from mobilize.core.errors import NotFound
from mobilize.core.i18n import _, current_language, text_in
from mobilize.core.links import organisation_url
from mobilize.core.permissions import public
from mobilize.core.when import Precision
from mobilize.delivery.composing import markdown
from mobilize.events import queries, showing
from mobilize.events.calendar import calendar
from mobilize.events.models import Event
from mobilize.events.months import month_page
from mobilize.events.registrations.queries import form_of
from mobilize.events.registrations.rooms import Room, room_of
from mobilize.events.registrations.rules import Door, door
from mobilize.events.rules import OFF
from mobilize.events.schema_org import structured_data
from mobilize.organisations.queries import Brand, brand_by_slug
from mobilize.visitors.language import speak, with_language

blueprint = Blueprint("public_events", __name__)


@blueprint.get("/<org>/events")
@public
def index(org: str) -> str:
    """What is to come, and what is over."""
    organisation, now = _organisation(org), clock.now()
    found = queries.published_events(organisation.id)
    return render_template(
        "events/public_list.html",
        organisation=organisation,
        to_come=queries.to_come(found, now),
        over=queries.over(found, now)[:50],
        showing=showing,
        feed=organisation_url(organisation.slug, f"/events.ics?lang={current_language()}"),
        with_language=with_language,
    )


@blueprint.get("/<org>/events/month")
@public
def month(org: str) -> str:
    """A month of events."""
    organisation = _organisation(org)
    page = month_page(
        organisation,
        request.args.get("month", ""),
        find=lambda first, last: queries.between(organisation.id, first, last, published=True),
        url=lambda row: with_language(f"/{organisation.slug}/events/{row.slug}"),
    )
    return render_template(
        "events/public_month.html", organisation=organisation, page=page, with_language=with_language
    )


@blueprint.get("/<org>/events/<event_slug>")
@public
def show(org: str, event_slug: str) -> str:
    """An event; what became of it stands above its own text."""
    organisation = _organisation(org)
    row = queries.published_event(organisation.id, event_slug)
    points, pictures = queries.agenda(row.id), queries.pictures_of(row.id)
    speakers = queries.speakers_of(points)
    everybody = [one for point in points for one in speakers[point.id]]
    return render_template(
        "events/public_event.html",
        organisation=organisation,
        row=row,
        points=points,
        speakers=speakers,
        pictures=pictures,
        banner=showing.banner(row, organisation, clock.now()),
        showing=showing,
        html=lambda texts: _html(texts, organisation),
        data=structured_data(row, organisation, everybody, [picture for _words, picture in pictures]),
        campaign=_published_campaign(row),
        room=_room(row),
        is_ahead=row.precision is not Precision.UNKNOWN and row.status not in OFF and not row.is_over(clock.now()),
        with_language=with_language,
    )


@blueprint.get("/<org>/events/<event_slug>.ics")
@public
def file(org: str, event_slug: str) -> Response:
    """An event as a calendar file."""
    organisation = _organisation(org)
    row = queries.published_event(organisation.id, event_slug)
    if row.precision is Precision.UNKNOWN:
        raise NotFound("calendar file")
    return _calendar(calendar([showing.calendar_entry(row, organisation)]), f"{row.slug}.ics")


@blueprint.get("/<org>/events.ics")
@public
def feed(org: str) -> Response:
    """All events with a date as a calendar to subscribe to; what is cancelled stays in it."""
    organisation = _organisation(org)
    entries = [showing.calendar_entry(row, organisation) for row in queries.published_events(organisation.id)]
    name = _("Events of %(organisation)s", organisation=organisation.label)
    return _calendar(calendar(entries, name), f"{organisation.slug}.ics")


def _organisation(org: str) -> Brand:
    organisation = brand_by_slug(org)
    g.organisation = organisation
    speak(organisation)
    return organisation


def _published_campaign(row: Event) -> Campaign | None:
    found = campaign_of(row.organisation_id, "event", row.uid)
    return found if found is not None and found.published_at is not None else None


def _room(row: Event) -> Room | None:
    """What the button to register says; None while nobody can register."""
    form, now = form_of(row.id), clock.now()
    return room_of(row, form, now) if door(row, form, now) is Door.OPEN else None


def _html(texts: dict[str, str], organisation: Brand) -> Markup:
    words = text_in(texts, current_language(), organisation.default_language)
    return markdown.to_html(markdown.parse(words, str))


def _calendar(data: bytes, name: str) -> Response:
    made = Response(data, content_type="text/calendar; charset=utf-8")
    made.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return made
