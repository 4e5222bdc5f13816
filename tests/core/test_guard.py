"""Permissions and form tokens, on a small application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Flask, Response, g
from flask.testing import FlaskClient

from mobilize.core import audit, clock, identities, permissions
from mobilize.core.errors import MobilizeError, NotAllowed
from mobilize.core.feature import Feature
from mobilize.core.forms import LIFETIME_SECONDS, Form, form_age_seconds
from mobilize.core.identities import Identity
from mobilize.core.permissions import Member, OrganisationRef, Role, granted, requires, undeclared_routes
from mobilize.features import FEATURES

pytestmark = pytest.mark.usefixtures("keyring")


def small(*asking: Identity | None) -> FlaskClient:
    app = Flask("small")
    app.register_error_handler(MobilizeError, lambda error: (str(error), error.status))
    app.add_url_rule("/login", "login", permissions.public(lambda: "login"))
    app.add_url_rule("/studio/<org>/send", "send", requires("mailing.send")(lambda org: "sent"))
    app.add_url_rule("/mine", "mine", permissions.signed_in(lambda: "mine"))
    app.add_url_rule("/forgotten", "forgotten", lambda: "nobody thought about this")
    permissions.guard(
        app,
        [lambda slug, one=one: one for one in asking],
        lambda: Response(status=303, headers={"Location": "/login"}),
        lambda: Response("password, please", 403),
    )
    return app.test_client()


def member(role: Role | None) -> Member:
    house = OrganisationRef(1, "u", "house", "House") if role else None
    return Member(1, "uid", house, role)


@pytest.mark.parametrize(
    ("role", "status"), [(Role.OWNER, 200), (Role.CAMPAIGNER, 200), (Role.VIEWER, 403), (None, 404)]
)
def test_the_guard_asks_for_the_permission(role, status):
    """Whoever has it passes, members without it are refused, strangers find nothing."""
    assert small(member(role)).get("/studio/house/send").status_code == status


@dataclass(frozen=True)
class Door:
    """A kind of identity that only this test knows: whoever stands at the door of one organisation."""

    organisation: OrganisationRef | None
    kind = "door"
    actor = "door:north"
    is_confirmed = False

    def may(self, permission: str) -> bool:
        return permission == "mailing.send"


def test_another_kind_of_identity_needs_no_change_of_the_guard():
    """It is asked for permissions as a colleague is, and is none; the trail keeps its kind and name."""
    house = OrganisationRef(1, "u", "house", "House")
    client = small(Door(house))
    with client:
        assert client.get("/studio/house/send").status_code == 200
        assert audit._actor.get() == "door:north"
        with pytest.raises(NotAllowed):
            permissions.member()
    assert small(Door(None)).get("/studio/house/send").status_code == 404
    assert client.get("/mine").status_code == 403


def test_the_first_that_knows_who_is_asking_decides():
    """Whoever opens a link while signed in acts by the link."""
    assert small(None, Door(None), member(Role.OWNER)).get("/studio/house/send").status_code == 404
    assert small(None, member(Role.OWNER), Door(None)).get("/studio/house/send").status_code == 200


def test_a_role_is_a_colleagues_or_a_features():
    """A feature can give a link no permission of colleagues, and take no name of their roles."""
    for roles in ({"owner": ("fair.confirm",)}, {"guest": ("fair.change",)}):
        one = Feature("fairs", permissions={"fair.change": "campaigner"}, roles=roles)
        with pytest.raises(MobilizeError, match="fairs"):
            identities._grants((one,))


def test_nobody_is_answered_as_the_application_says():
    """The view is not reached."""
    answer = small(None).get("/studio/house/send?at=9")
    assert (answer.status_code, answer.location) == (303, "/login")


def test_an_undeclared_view_is_named():
    """The application refuses to start with one."""
    assert undeclared_routes(small(None).application) == ["forgotten"]


def test_a_permission_of_no_feature_is_named():
    """A misspelt one would be granted to nobody: it is refused at the start, and when it is asked."""
    app = Flask("small")
    app.add_url_rule("/studio/<org>/send", "send", requires("mailing.sned")(lambda org: "sent"))
    assert undeclared_routes(app) == ["send"]
    with pytest.raises(MobilizeError):
        member(Role.OWNER).may("mailing.sned")


def test_each_role_includes_the_next():
    """Owners may everything."""
    assert granted(Role.OWNER) == {name for one in FEATURES for name in one.permissions}
    assert granted(Role.OWNER) > granted(Role.CAMPAIGNER) > granted(Role.VIEWER)


def posted(path: str, token: str, session_key: str = "") -> bool:
    with Flask("forms").test_request_context(path, method="POST", data={"form_token": token}):
        g.session_key = session_key
        return bool(Form().validate())


def made(path: str, session_key: str = "") -> str:
    with Flask("forms").test_request_context(path):
        g.session_key = session_key
        token: str = Form(formdata=None).form_token.current_token
        return token


def test_a_public_token_serves_its_own_path():
    """Without a cookie on either side."""
    assert posted("/house/subscribe", made("/house/subscribe"))
    assert not posted("/other/subscribe", made("/house/subscribe"))


def test_a_staff_token_serves_its_session_on_every_path():
    """And no other session, nor a public form."""
    token = made("/studio/house/", "one")
    assert posted("/studio/house/mailings/pause", token, "one")
    assert not posted("/studio/house/", token, "two")
    assert not posted("/studio/house/", token)
    assert not posted("/one", made("/one"), "/one")


@pytest.mark.parametrize("token", ["", ".", "x.y", "1.", "９９.ab", "-1.ab", "9" * 400 + ".ab", "1.\u00e9"])
def test_a_made_up_token_is_refused(token):
    """And never a fault."""
    assert not posted("/house/subscribe", token)


def test_a_token_ages():
    """It tells its age to what looks for robots, and ends after a day."""
    token = made("/house/subscribe")
    later = float(token.partition(".")[0]) + LIFETIME_SECONDS
    with clock.frozen(datetime.fromtimestamp(later, UTC)):
        assert posted("/house/subscribe", token)
        assert form_age_seconds(token) == LIFETIME_SECONDS
    with clock.frozen(datetime.fromtimestamp(later + 1, UTC)):
        assert not posted("/house/subscribe", token)
