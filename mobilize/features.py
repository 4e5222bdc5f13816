"""Every feature, the lowest first: what app, tick, navigation, trail and command line read."""

from __future__ import annotations

from mobilize.accounts import feature as accounts
from mobilize.actions import feature as actions
from mobilize.appeals import feature as appeals
from mobilize.audiences import feature as audiences
from mobilize.campaigns import feature as campaigns
from mobilize.delivery import feature as delivery
from mobilize.events import feature as events
from mobilize.inbox import feature as inbox
from mobilize.mailings import feature as mailings
from mobilize.media import feature as media
from mobilize.organisations import feature as organisations
from mobilize.people import feature as people
from mobilize.questions import feature as questions
from mobilize.reports import feature as reports
from mobilize.schedules import feature as schedules
from mobilize.server import feature as server
from mobilize.signup import feature as signup
from mobilize.site import feature as site
from mobilize.studio import feature as studio
from mobilize.subscribers import feature as subscribers
from mobilize.visitors import feature as visitors

FEATURES = (
    server.FEATURE,
    inbox.FEATURE,
    organisations.FEATURE,
    media.FEATURE,
    delivery.FEATURE,
    accounts.FEATURE,
    questions.FEATURE,
    visitors.FEATURE,
    subscribers.FEATURE,
    signup.FEATURE,
    campaigns.FEATURE,
    events.FEATURE,
    appeals.FEATURE,
    actions.FEATURE,
    audiences.FEATURE,
    mailings.FEATURE,
    schedules.FEATURE,
    people.FEATURE,
    reports.FEATURE,
    site.FEATURE,
    studio.FEATURE,
)
