"""The pages that are photographed and checked. Add a line for a new page: a test names those that are missing."""

from __future__ import annotations

from dataclasses import dataclass

ORGANISATION = "brussels"
STUDIO = f"/studio/{ORGANISATION}/"
PEOPLE, SETTINGS, MAILINGS = f"{STUDIO}people/", f"{STUDIO}settings/", f"{STUDIO}mailings/"
CALENDAR, DEFENDERS = f"{STUDIO}calendar", f"{STUDIO}defenders"
ACTIONS = f"{STUDIO}actions"
APPEALS = f"{STUDIO}appeals"
APPEAL = f"{APPEALS}/vahid-afkari-and-dorgelesse-nguessan"
ROW, LAST_ROW = "main tbody tr th a", "main tbody tr:last-child th a"
DRAFT = "main tbody tr:has-text('Call for projects: last days') th a"
SCHEDULED = "main tbody tr:has-text('Fortnight: the programme') th a"


@dataclass(frozen=True)
class Page:
    """``name`` names the picture, ``endpoint`` what answers; ``staff`` pages are seen by the organisation's owner.

    From ``path`` the reader goes on through the first link of each selector in ``follow``, to pages whose address
    only this installation knows.
    """

    name: str
    path: str
    endpoint: str = ""
    staff: bool = False
    follow: tuple[str, ...] = ()


def mailed(name: str, to: str, start: str, endpoint: str, row: str = ROW) -> Page:
    """The page behind the link of a mail: the newest to an address, or the one in another ``row``."""
    return Page(name, f"/inbox/?to={to}", endpoint, follow=(row, f"main li a[href*='{start}']"))


def staff(name: str, path: str, endpoint: str, *follow: str) -> Page:
    """A page of the studio."""
    return Page(name, path, endpoint, staff=True, follow=follow)


PAGES = (
    Page("front", "/", "site.root"),
    Page("organisation", f"/{ORGANISATION}/", "site.home"),
    Page("subscribe", f"/{ORGANISATION}/subscribe", "signup.show"),
    Page("subscribe-sent", f"/{ORGANISATION}/subscribe/subscribe/sent?to=x", "signup.sent"),
    mailed("confirm", "visitor@example.org", "/c/", "confirmation.show"),
    mailed("confirmed", "reader@example.org", "/c/", "confirmation.show", LAST_ROW),
    Page("events", f"/{ORGANISATION}/events", "public_events.index"),
    Page("event", f"/{ORGANISATION}/events/evening", "public_events.show"),
    Page("events-month", f"/{ORGANISATION}/events/month", "public_events.month"),
    Page("campaigns-page", f"/{ORGANISATION}/campaigns/", "public_campaigns.index"),
    Page("public-archive", f"/{ORGANISATION}/archive/", "public_archive.index"),
    Page("campaign-page", f"/{ORGANISATION}/campaigns/fortnight-2024", "public_campaigns.show"),
    Page("register", f"/{ORGANISATION}/events/evening/register", "registering.show"),
    Page("register-sent", f"/{ORGANISATION}/events/evening/register/sent", "registering.sent"),
    mailed("register-confirm", "registrant@example.org", "/r/", "registration_links.show"),
    mailed("registration", "guest@example.org", "/g/", "registration_links.own"),
    mailed("registration-change", "changer@example.org", "/g/change/", "own_registration.show"),
    Page("petition", f"/{ORGANISATION}/act/open-the-square", "acting.show"),
    Page("petition-sent", f"/{ORGANISATION}/act/open-the-square/sent?to=x", "acting.sent"),
    mailed("petition-confirm", "unsure@example.org", "/a/confirm/", "act_links.show"),
    mailed("petition-signed", "signer@example.org", "/a/confirm/", "act_links.show", LAST_ROW),
    mailed("petition-recognised", "to-signer@example.org", "/a/", "act_links.recognised"),
    mailed("petition-own", "signer@example.org", "/a/own/", "act_links.own"),
    Page("confirm-expired", "/c/nothing", "confirmation.show"),
    Page("not-found", f"/{ORGANISATION}/nothing-here"),
    Page("inbox", "/inbox/", "inbox.listing"),
    Page("mail", "/inbox/", "inbox.one", follow=(ROW,)),
    mailed("unsubscribe", f".000@{ORGANISATION}", "/u/", "unsubscribe.ask", LAST_ROW),
    mailed("unsubscribed", "left@example.org", "/u/left/", "just_left.show"),
    mailed("footer", f".000@{ORGANISATION}", "/p/", "preferences.show", LAST_ROW),
    mailed("preferences", "reader@example.org", "/p/", "preferences.show"),
    Page(
        "my-data",
        "/inbox/?to=member@example.org",
        "people_public.show",
        follow=(ROW, "main li a[href*='/p/']", "main a[href$='/data']"),
    ),
    Page(
        "erase-me",
        "/inbox/?to=member@example.org",
        "people_public.ask",
        follow=(ROW, "main li a[href*='/p/']", "main a[href$='/data']", "main a[href$='/erase']"),
    ),
    Page("erased", f"/{ORGANISATION}/erased", "people_public.erased"),
    Page("login", "/studio/login", "accounts.login"),
    Page("forgotten", "/studio/forgotten", "accounts.forgotten"),
    mailed("reset", f"owner@{ORGANISATION}", "/studio/reset/", "accounts.reset"),
    mailed("invitation", "colleague@example.org", "/studio/invitation/", "accounts.invitation"),
    staff("choose", "/studio/", "accounts.choose"),
    staff("account", "/studio/account", "accounts.account"),
    staff("sessions", "/studio/account/sessions", "sessions.index"),
    staff("logout", "/studio/logout", "accounts.logout"),
    staff("pieces", "/studio/ui", "pieces.show"),
    staff("home", STUDIO, "studio.home"),
    staff("search", f"{STUDIO}search?q=a", "studio.search"),
    staff("mailings", MAILINGS, "mailings.index"),
    staff("mailing-new", f"{MAILINGS}new", "mailings.new"),
    staff(
        "mailing-audience",
        MAILINGS,
        "mailings.audience",
        DRAFT,
        ".steps :is(a[href*='/audience'], [value*='/audience'])",
    ),
    staff(
        "mailing-content", MAILINGS, "mailings.content", DRAFT, ".steps :is(a[href*='/content'], [value*='/content'])"
    ),
    staff(
        "mailing-write",
        MAILINGS,
        "writing.edit",
        DRAFT,
        ".steps :is(a[href*='/content'], [value*='/content'])",
        "main :is(a[href*='/write/'], [value*='/write/'])",
    ),
    staff("mailing-check", MAILINGS, "sending.check", DRAFT, ".steps :is(a[href*='/check'], [value*='/check'])"),
    staff("mailing-send", MAILINGS, "sending.send", DRAFT, ".steps :is(a[href*='/send'], [value*='/send'])"),
    staff("mailing-scheduled", MAILINGS, "sending.send", SCHEDULED, ".steps :is(a[href*='/send'], [value*='/send'])"),
    staff("mailing-copy", MAILINGS, "drafts.confirm_copy", DRAFT, "main :is(a[href$='/copy'], [value$='/copy'])"),
    staff("mailing-test", MAILINGS, "trials.ask", DRAFT, "main :is(a[href*='/test'], [value*='/test'])"),
    staff(
        "mailing-delete", MAILINGS, "drafts.confirm_delete", DRAFT, "main :is(a[href$='/delete'], [value$='/delete'])"
    ),
    staff("mailing-cancel", MAILINGS, "sending.confirm_cancel", SCHEDULED, "main a[href*='/cancel']"),
    staff("mailing-sent", MAILINGS, "sending.send", LAST_ROW, ".steps :is(a[href*='/send'], [value*='/send'])"),
    staff(
        "mailing-unclear",
        MAILINGS,
        "unclear.index",
        LAST_ROW,
        ".steps :is(a[href*='/send'], [value*='/send'])",
        "main a[href$='/unclear']",
    ),
    staff(
        "mailing-report",
        MAILINGS,
        "reports.mailing_page",
        LAST_ROW,
        ".steps :is(a[href*='/report'], [value*='/report'])",
    ),
    staff("archive", f"{STUDIO}archive", "archive.index"),
    staff("calendar", CALENDAR, "events.index"),
    staff("calendar-month", f"{CALENDAR}/month", "events.month"),
    staff("outgoing-month", f"{STUDIO}rules/month", "outgoing_calendar.month"),
    staff("outgoing-feed", f"{STUDIO}rules/feed", "outgoing_calendar.feed"),
    staff("stewarding", f"{STUDIO}stewarding", "stewards.mine"),
    staff("stewards", f"{CALENDAR}/evening/registrations/stewards", "stewards.index"),
    staff("calendar-new", f"{CALENDAR}/new", "events.new"),
    staff("calendar-event", CALENDAR, "events.edit", "main a[href$='/fortnight-2024']"),
    staff("calendar-move", f"{CALENDAR}/evening/becomes/moved", "event_changes.ask"),
    staff("campaigns", f"{STUDIO}campaigns", "campaigns.index"),
    staff("campaign-new", f"{STUDIO}campaigns/new", "campaigns.new"),
    staff("campaign", f"{STUDIO}campaigns/fortnight-2024", "campaigns.show"),
    staff("campaign-edit", f"{STUDIO}campaigns/fortnight-2024/edit", "campaigns.edit"),
    staff("campaign-edition", f"{STUDIO}campaigns/fortnight-2024/edition", "campaigns.edition"),
    staff("campaign-delete", f"{STUDIO}campaigns/fortnight-2024/delete", "campaigns.delete"),
    staff("campaign-document", f"{STUDIO}campaigns/fortnight-2024/documents/new", "campaign_documents.new"),
    Page("appeals-page", f"/{ORGANISATION}/appeals", "public_appeals.index"),
    Page("appeal-page", f"/{ORGANISATION}/appeals/vahid-afkari-and-dorgelesse-nguessan", "public_appeals.show"),
    Page("appeal-released", f"/{ORGANISATION}/appeals/raif-badawi", "public_appeals.show"),
    staff("appeals", APPEALS, "appeals.index"),
    staff("appeal-new", f"{APPEALS}/new", "appeals.new"),
    staff("appeal", APPEAL, "appeals.edit"),
    staff("appeal-review", f"{APPEAL}/review", "appeal_review.show"),
    staff("appeal-further", f"{APPEAL}/further", "appeals.further"),
    staff("appeal-ending", f"{APPEAL}/ending", "appeals.ending"),
    staff("appeal-sent", f"{APPEAL}/sent", "appeal_mail.show"),
    staff("appeal-rules", f"{APPEAL}/mail", "appeal_rules.show"),
    staff("appeal-rule-new", f"{APPEAL}/mail/new", "appeal_rules.new"),
    staff("appeal-close", f"{APPEAL}/becomes/closed", "appeal_changes.ask"),
    staff("appeal-delete", f"{APPEALS}/draft-appeal/delete", "appeals.delete"),
    Page("defender-page", f"/{ORGANISATION}/defenders/raif-badawi", "public_defenders.show"),
    staff("defenders", DEFENDERS, "defenders.index"),
    staff("defender-new", f"{DEFENDERS}/new", "defenders.new"),
    staff("defender", DEFENDERS, "defenders.show", LAST_ROW),
    staff("defender-edit", DEFENDERS, "defenders.edit", LAST_ROW, "main a[href$='/edit']"),
    staff("defender-review", DEFENDERS, "defender_cases.review", LAST_ROW, "main a[href$='/reviews/consent']"),
    staff("defender-event", DEFENDERS, "defender_cases.new_event", LAST_ROW, "main a[href$='/events/new']"),
    staff("defender-source", DEFENDERS, "defender_cases.source", LAST_ROW, "main a[href$='/source']"),
    staff("defender-picture", DEFENDERS, "defender_cases.new_picture", LAST_ROW, "main a[href$='/pictures/new']"),
    staff("defender-delete", DEFENDERS, "defenders.delete", LAST_ROW, "main a[href$='/delete']"),
    staff("settings-defenders", f"{SETTINGS}defenders", "defender_settings.index"),
    staff("calendar-delete", f"{CALENDAR}/draft/delete", "events.delete"),
    staff("programme", f"{CALENDAR}/draft/programme", "agenda.index"),
    staff("programme-new", f"{CALENDAR}/draft/programme/new", "agenda.new"),
    staff("programme-point", f"{CALENDAR}/draft/programme", "agenda.edit", ROW),
    staff("speaker-new", f"{CALENDAR}/draft/programme", "speakers.new", ROW, "main [value$='/speakers/new']"),
    staff("speaker", f"{CALENDAR}/draft/programme", "speakers.edit", ROW, "main tbody th button"),
    staff("event-pictures", f"{CALENDAR}/draft/pictures", "event_pictures.index"),
    staff("event-picture-new", f"{CALENDAR}/draft/pictures/new", "event_pictures.new"),
    staff("event-picture", f"{CALENDAR}/draft/pictures", "event_pictures.edit", ".gallery a"),
    staff("registrations", f"{CALENDAR}/evening/registrations", "registrations.index"),
    staff("event-mail", f"{CALENDAR}/evening/mail", "event_rules.show"),
    staff("rule-new", f"{CALENDAR}/evening/mail/new", "event_rules.new"),
    staff("rule", f"{CALENDAR}/evening/mail", "schedules.rule", ROW),
    staff("going-out", f"{STUDIO}rules", "outgoing_calendar.index"),
    staff("registration-form", f"{CALENDAR}/evening/registrations/form", "registrations.edit"),
    staff("registration-remove", f"{CALENDAR}/evening/registrations", "registrations.ask_remove", "main tbody td a"),
    staff("registration-one", f"{CALENDAR}/evening/registrations", "registration.show", "main tbody th a"),
    staff("waiting-list", f"{CALENDAR}/evening/registrations/waiting", "waiting_list.index"),
    staff("undelivered", f"{CALENDAR}/evening/undelivered", "undelivered.index"),
    staff("registrant-messages", f"{CALENDAR}/evening/registrations/messages", "registrant_messages.index"),
    staff("registrant-message-new", f"{CALENDAR}/evening/registrations/messages/new", "registrant_messages.new"),
    staff("registration-add", f"{CALENDAR}/evening/registrations/add", "registration_staff.ask_add"),
    staff(
        "registration-staff-change",
        f"{CALENDAR}/evening/registrations?state=registered",
        "registration_staff.ask_change",
        "main tbody th a",
        "main a[href$='/change']",
    ),
    staff(
        "registration-move",
        f"{CALENDAR}/evening/registrations?state=registered",
        "registration_staff.ask_move",
        "main tbody th a",
        "main a[href$='/move']",
    ),
    staff("doors", f"{CALENDAR}/evening/registrations/door", "doors.index"),
    staff("door", f"{CALENDAR}/evening/registrations/door", "door.show", "main a[href*='/door/']"),
    staff("event-questions", f"{CALENDAR}/evening/registrations/questions", "event_questions.index"),
    staff("event-question-new", f"{CALENDAR}/evening/registrations/questions/new?kind=choice", "event_questions.new"),
    staff("event-question-kinds", f"{CALENDAR}/evening/registrations/questions/kinds", "event_questions.choose"),
    staff("event-question", f"{CALENDAR}/evening/registrations/questions", "event_questions.edit", "main tbody th a"),
    staff("registration-groups", f"{CALENDAR}/evening/registrations/groups", "registration_groups.index"),
    staff(
        "registration-group",
        f"{CALENDAR}/evening/registrations/groups",
        "registration_groups.edit",
        "main .card a[href*='/groups/']",
    ),
    staff("registration-group-new", f"{CALENDAR}/evening/registrations/groups/new", "registration_groups.new"),
    staff("petitions", ACTIONS, "actions.index"),
    staff("appeal-petitions", f"{APPEAL}/petitions", "appeal_actions.index"),
    staff("petition-new", f"{ACTIONS}/new", "actions.new"),
    staff("petition-edit", f"{ACTIONS}/open-the-square", "actions.edit"),
    staff("petition-close", f"{ACTIONS}/open-the-square/close", "actions.ask_close"),
    staff("petition-delete", f"{ACTIONS}/draft-petition/delete", "actions.delete"),
    staff("petition-acts", f"{ACTIONS}/open-the-square/acts", "actions.acts"),
    staff("pictures", f"{STUDIO}pictures/", "pictures.index"),
    staff("insights", f"{STUDIO}insights/", "reports.index"),
    staff("people", PEOPLE, "people.index"),
    staff("person", PEOPLE, "people.person", ROW),
    staff("person-erase", PEOPLE, "people.confirm_erasure", ROW, "main a[href$='/erase']"),
    staff("held-back", f"{PEOPLE}suppressions", "suppressions.index"),
    staff("held-back-lifting", f"{PEOPLE}suppressions", "suppressions.lifting", "main tbody td a"),
    staff("lists", f"{PEOPLE}lists", "lists.index"),
    staff("list", f"{PEOPLE}lists", "lists.edit_list", ROW),
    staff("list-new", f"{PEOPLE}lists/new", "lists.new_list"),
    staff("segments", f"{PEOPLE}segments", "segments.index"),
    staff("segment", f"{PEOPLE}segments", "segments.show", ROW),
    staff("segment-new", f"{PEOPLE}segments/new", "segments.new"),
    staff("segment-edit", f"{PEOPLE}segments", "segments.edit", ROW, "main a[href$='/edit']"),
    staff("segment-delete", f"{PEOPLE}segments", "segments.confirm_delete", ROW, "main a[href$='/delete']"),
    staff("fields", f"{PEOPLE}fields", "fields.index"),
    staff("field", f"{PEOPLE}fields", "fields.edit", LAST_ROW),
    staff("field-kinds", f"{PEOPLE}fields/kinds", "fields.choose"),
    staff("field-new", f"{PEOPLE}fields/new?kind=choice", "fields.new"),
    staff("forms", f"{PEOPLE}forms", "forms.index"),
    staff("form", f"{PEOPLE}forms", "forms.edit", ROW),
    staff("form-new", f"{PEOPLE}forms/new", "forms.new"),
    staff("settings", SETTINGS, "organisations.settings"),
    staff("colleagues", f"{SETTINGS}people", "colleagues.index"),
    staff("colleague-remove", f"{SETTINGS}people", "colleagues.remove", "main a[href$='/remove']"),
    staff("outgoing", f"{SETTINGS}sending", "outgoing.index"),
    staff("kept", f"{SETTINGS}kept", "kept.what_is_kept"),
    staff("trail", f"{SETTINGS}trail", "trail.index"),
)
