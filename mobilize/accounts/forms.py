"""What staff type about themselves and their colleagues."""

from __future__ import annotations

from wtforms import EmailField, PasswordField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from mobilize.accounts.passwords import LONGEST, SHORTEST
from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, lazy
from mobilize.core.roles import Role

_REQUIRED = InputRequired(lazy("Fill this in"))
_ADDRESS_LENGTH = Length(max=254, message=lazy("Use at most 254 characters"))
_NAME_LENGTH = Length(max=100, message=lazy("Use at most 100 characters"))
_PASSWORD_LENGTH = Length(max=LONGEST * 4, message=lazy("This is too long for a password"))
_PASSWORD_HINT = lazy("At least 12 characters. A few words that do not belong together are easy to keep in mind.")

ROLE_NAMES = {
    Role.STEWARD.value: lazy("Steward"),
    Role.VIEWER.value: lazy("Viewer"),
    Role.CAMPAIGNER.value: lazy("Campaigner"),
    Role.OWNER.value: lazy("Owner"),
}
ROLE_HINTS = {
    Role.STEWARD.value: lazy("Sees only the events that an owner names: list, messages and door"),
    Role.VIEWER.value: lazy("Reads mailings and reports"),
    Role.CAMPAIGNER.value: lazy("Also writes and sends mailings, and works with people and lists"),
    Role.OWNER.value: lazy("Also changes settings and decides who works here"),
}


_LANGUAGES = [SelectChoice(code, name) for code, name in LANGUAGES.items()]
_ROLES = [SelectChoice(role, name) for role, name in ROLE_NAMES.items()]


def _current_password(label: object) -> PasswordField:
    return PasswordField(label, [_REQUIRED, _PASSWORD_LENGTH], render_kw={"autocomplete": "current-password"})


def _new_password(label: object) -> PasswordField:
    return PasswordField(
        label,
        [_REQUIRED, _PASSWORD_LENGTH],
        description=_PASSWORD_HINT,
        render_kw={"autocomplete": "new-password", "minlength": SHORTEST},
    )


class LoginForm(Form):
    email = EmailField(
        lazy("Email address"),
        [_REQUIRED, _ADDRESS_LENGTH],
        render_kw={"autocomplete": "username"},
    )
    password = _current_password(lazy("Password"))


class ForgottenForm(Form):
    email = EmailField(
        lazy("Email address"),
        [_REQUIRED, _ADDRESS_LENGTH],
        render_kw={"autocomplete": "username"},
    )


class ResetForm(Form):
    password = _new_password(lazy("New password"))


class JoinForm(Form):
    """Accepting an invitation to an address that has no account yet."""

    name = StringField(
        lazy("Your name"),
        [_NAME_LENGTH],
        description=lazy("Your colleagues see it."),
        render_kw={"autocomplete": "name"},
    )
    password = _new_password(lazy("Choose a password"))


class JoinAgainForm(Form):
    """Accepting an invitation to an address that has an account."""

    password = _current_password(lazy("The password of your account"))


class ConfirmForm(Form):
    """The password again; the names of its fields are no other form's, whose own token it hands on untouched."""

    class Meta(Form.Meta):
        csrf_field_name = "confirm_token"

    confirm_password = _current_password(lazy("Your password"))


class ProfileForm(Form):
    name = StringField(
        lazy("Your name"),
        [_NAME_LENGTH],
        description=lazy("Your colleagues see it."),
        render_kw={"autocomplete": "name"},
    )
    language = SelectField(lazy("Language of the studio"), choices=_LANGUAGES)


class PasswordForm(Form):
    current = _current_password(lazy("Current password"))
    new = _new_password(lazy("New password"))


class InviteForm(Form):
    email = EmailField(
        lazy("Email address"),
        [_REQUIRED, _ADDRESS_LENGTH],
        render_kw={"autocomplete": "off"},
    )
    role = RadioField(lazy("Role"), [_REQUIRED], choices=_ROLES, default=Role.CAMPAIGNER.value)
    language = SelectField(lazy("Language of the invitation"), choices=_LANGUAGES)


class RoleForm(Form):
    role = SelectField(lazy("Role"), choices=_ROLES)
